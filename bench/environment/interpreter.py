"""The interpreter that targets run on, where it is not the one that runs the lab."""

import contextlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.process import child
from bench.process.child import StartError
from bench.tools import uv
from lab.display import listed
from lab.errors import MachineError, UsageError
from lab.files.run_json import Python

VERSION = re.compile(r"\d+(?:\.\d+){0,2}")
QUERY_TIMEOUT_S = 60

# Any Python runs it, also one that is far too old.
QUERY = """
import json, platform, sys, sysconfig
try:
    import ssl
except ImportError:
    ssl = None
print(json.dumps([
    getattr(sys, "base_prefix", sys.prefix),
    sys.version,
    platform.python_implementation()
    + (" without GIL" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""),
    platform.python_version(),
    ssl.OPENSSL_VERSION if ssl else "",
]))
"""


@dataclass(frozen=True)
class Interpreter:
    """An interpreter of this machine: `build` is its `sys.version`."""

    executable: str
    prefix: str
    build: str
    about: Python


def require_python(text: str) -> str:
    """A version as it is, a path in full.

    Raises `UsageError` where the text is neither.
    """
    if VERSION.fullmatch(text):
        return text
    if "/" in text and text.isprintable():
        with contextlib.suppress(RuntimeError):  # a user who is unknown
            return str(Path(text).expanduser().absolute())
    raise UsageError(
        f"--python {text!r} is neither a version, such as 3.13, nor the path of an interpreter."
    )


def find(asked: str, uv_program: str) -> Interpreter:
    """The interpreter of a version, or at a path.

    Of a version: the one that runs the lab, where it fits; else the one that uv finds; else the
    newest of pyenv's, which uv does not see where they are not in use.
    Raises `UsageError` where there is no Python at the path, `MachineError` where the machine
    has no such version.
    """
    if "/" in asked:
        return ask(asked)
    if fits(asked, sys.version.split()[0]):
        return ask(sys.executable)
    found = uv.call(
        [uv_program, "python", "find", "--system", "--no-project", asked],
        doing=f"looking for Python {asked}",
    )
    if found.code == 0:
        return ask(found.out)
    versions = pyenv_versions(_pyenv())
    for version in newest_first(versions):
        if fits(asked, version):
            return ask(str(versions[version]))
    # Where there is pyenv, uv would ask each of its commands, and wait a second for each.
    here = newest_first({sys.version.split()[0], *(versions or _uv_versions(uv_program))})
    raise MachineError(
        f"No Python {asked} was found, by uv or among pyenv's; there are {listed(here)}. "
        f"Install it, or name it by its path: --python /path/to/python{asked}"
    )


def fits(asked: str, version: str) -> bool:
    """Whether a version is one of those asked for: 3.13.0 is a 3.13, and 3.1.3 is not."""
    return version == asked or version.startswith(f"{asked}.")


def newest_first(versions: Iterable[str]) -> list[str]:
    return sorted(versions, key=_numbers, reverse=True)


def _numbers(version: str) -> list[int]:
    """A version as one that can be compared: pyenv has names that are none, such as pypy3.10."""
    return [int(number) for number in re.findall(r"\d+", version)]


def pyenv_versions(root: Path) -> dict[str, Path]:
    """The interpreters that pyenv has, by version."""
    return {
        path.parent.parent.name: path
        for path in sorted(root.glob("versions/*/bin/python"))
        if VERSION.fullmatch(path.parent.parent.name)
    }


def ask(path: str) -> Interpreter:
    """What the interpreter at `path` is. Raises `UsageError` where there is none."""
    with tempfile.TemporaryFile() as output:
        try:
            # -I: nothing of the folder or the user's may stand in for what it imports.
            ended = child.run([path, "-I", "-c", QUERY], output=output, timeout_s=QUERY_TIMEOUT_S)
        except StartError:
            raise UsageError(f"--python {path}: no program is there that could be run.") from None
        output.seek(0)
        said = output.read().decode(errors="replace").strip()
    try:
        answer = json.loads(said) if ended and ended.code == 0 else []
        prefix, build, *about = map(str, answer)
        found = Interpreter(path, prefix, build, Python(*about))
    except (ValueError, TypeError):
        how = ended or f"nothing in {QUERY_TIMEOUT_S} s"
        raise UsageError(
            f"--python {path}: no Python that could be used answers there ({how}). Does this: "
            f"{path} -VV"
        ) from None
    if not found.about.openssl:
        raise MachineError(f"--python {path}: it was built without ssl, and targets call HTTPS.")
    return found


def _pyenv() -> Path:
    return Path(os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv"))  # noqa: PTH111 - raises nothing


def _uv_versions(uv_program: str) -> list[str]:
    called = uv.call(
        [uv_program, "python", "list", "--only-installed", "--output-format", "json"],
        doing="looking for Pythons",
    )
    try:
        return [str(found["version"]) for found in json.loads(called.out)]
    except (ValueError, TypeError, KeyError):  # it only adds to a message
        return []
