"""What a target's environment is made from: a requirements file, a uv.lock, or itself."""

import hashlib
import importlib.metadata
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bench.target.project import UV_LOCK
from bench.target.target import Target
from lab.display import printable
from lab.errors import UsageError

# What makes another file a part of a requirements file.
INCLUDED = re.compile(r"^\s*(?:-r|--requirement|-c|--constraint)[ =]*([^\s#]+)", re.MULTILINE)


@dataclass(frozen=True)
class Source:
    """`path` is that of the file, or of the virtual environment; `name` is as the user has it."""

    kind: Literal["requirements", "uv.lock", "venv"]
    path: Path
    name: str

    def digest(self) -> str:
        """What another environment has not: a digest of its files, or of a venv's packages."""
        if self.kind == "venv":
            lines = [_python_of(self.path), *map("==".join, installed(self.path).items())]
            return hashlib.sha256("\n".join(lines).encode(errors="replace")).hexdigest()
        first, *others = [hashlib.sha256(path.read_bytes()) for path in self._files()]
        for other in others:
            first.update(other.digest())
        return first.hexdigest()

    def fully_hashed(self) -> bool:
        """Whether every package in its requirements files has a hash."""
        texts = [path.read_text(errors="replace").replace("\\\n", " ") for path in self._files()]
        lines = [line.strip() for text in texts for line in text.splitlines()]
        needed = [line for line in lines if line and not line.startswith(("#", "-"))]
        # An editable one cannot have any.
        editable = any(re.match(r"(-e|--editable)\b", line) for line in lines)
        return not editable and all("--hash=" in line for line in needed)

    def described(self) -> str:
        """What it is, as run.json has it and messages say it."""
        if self.kind == "venv":
            return f"the virtual environment {self.name}, {_python_of(self.path)}"
        without = self.kind == "requirements" and not self.fully_hashed()
        return f"{self.name}, without hashes" if without else self.name

    @property
    def add(self) -> str:
        """How one adds a package to it."""
        return {
            "requirements": f"Add it to {self.name}",
            "uv.lock": "Add it with `uv add`",
            "venv": f"Install it into {self.name}",
        }[self.kind]

    def _files(self) -> list[Path]:
        return list(dict.fromkeys(_with_included(self.path)))


def source_of(target: Target) -> Source:
    """Where the target's environment comes from: as its manifest says, else uv.lock, else
    requirements.txt. Raises `UsageError` where there is none of them.
    """
    folder, manifest = target.folder, target.manifest
    if manifest.venv is not None:
        venv = folder / _from_home(manifest.venv)
        if not (_is_file(venv / "bin" / "python") and _is_file(venv / "pyvenv.cfg")):
            raise UsageError(
                f"{target.name}: 'venv' in {target.table} is {manifest.venv!r}, and there is no "
                f"virtual environment: no bin/python or no pyvenv.cfg in it."
            )
        return Source("venv", venv, manifest.venv)
    if manifest.requirements is not None:
        if not _is_file(target.lock):
            raise UsageError(
                f"{target.name}: 'requirements' in {target.table} is {manifest.requirements!r}, "
                f"and there is no such file."
            )
        return Source("requirements", target.lock, manifest.requirements)
    for name in target.lock_names:
        if _is_file(folder / name):
            return Source("uv.lock" if name == UV_LOCK else "requirements", folder / name, name)
    raise UsageError(target.no_lock())


def require_program(target: Target, source: Source, bin_folder: Path) -> None:
    """Raise `UsageError` where a server that the target must bring is not in its environment.

    Another one of that name, from the user's PATH, would serve without its packages.
    """
    program = target.manifest.command("", 0)[0]
    from_anywhere = not target.must_bring_server or "/" in program
    if from_anywhere or shutil.which(program, path=str(bin_folder)):
        return
    raise UsageError(
        f"{target.name}: 'serve' in {target.table} starts {program!r}, which is not in its "
        f"environment ({source.described()}). {source.add}; a program from elsewhere is named by "
        f"its path."
    )


def installed(environment: Path) -> dict[str, str]:
    """Each package in a virtual environment, and its version."""
    packages = [str(path) for path in environment.glob("lib/python*/site-packages")]
    found = {}
    for distribution in importlib.metadata.distributions(path=packages):
        name = distribution.metadata["Name"]
        if name:  # none where a removal was cut off
            found[printable(name.lower())] = printable(str(distribution.version))
    return dict(sorted(found.items()))


def _python_of(venv: Path) -> str:
    text = (venv / "pyvenv.cfg").read_text(errors="replace")
    version = re.search(r"^version(?:_info)?\s*=\s*([0-9.]+)", text, re.MULTILINE)
    return f"Python {version[1].rstrip('.')}" if version else "Python"


def _with_included(path: Path, seen: tuple[Path, ...] = ()) -> Iterator[Path]:
    """A requirements file and those that it includes, which lie relative to it."""
    yield path
    text = path.read_text(errors="replace") if path.suffix != ".lock" else ""
    for name in INCLUDED.findall(text):
        other = path.parent / name
        if other not in (*seen, path) and _is_file(other):
            yield from _with_included(other, (*seen, path))


def _from_home(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:  # a user who is unknown
        return Path(path)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # longer than a path can be
        return False
