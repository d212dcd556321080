"""What environments are made of beside the locks: `--with` and `--python`."""

import hashlib
import json
import platform
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from bench.environment.interpreter import Interpreter
from bench.environment.requirement import refusal
from bench.target.table import read_toml
from bench.target.target import Target
from bench.tools import uv
from lab.display import listed
from lab.errors import MachineError, UsageError
from lab.paths import shown

SHA256 = re.compile(r"^[0-9a-f]{64}$", re.MULTILINE)


@dataclass(frozen=True)
class Overrides:
    """`added` are requirements on top of every lock; `python` is None for the lab's own."""

    added: tuple[str, ...] = ()
    python: Interpreter | None = None

    @property
    def plain(self) -> bool:
        return not self.added and self.python is None

    @property
    def executable(self) -> str:
        return self.python.executable if self.python else sys.executable

    @property
    def version(self) -> str:
        return self.python.about.version if self.python else platform.python_version()

    @property
    def suffix(self) -> str:
        """What the names of its environments' folders end in: no target's name has a plus."""
        return "" if self.plain else f"+{self._digest()[:8]}"

    def stamp(self, lock_sha256: str) -> str:
        """What an environment that was made as this says, from that lock, is known by."""
        build = self.python.build if self.python else sys.version
        return "\n".join([build, lock_sha256, *sorted(self.added), ""])

    def sha256(self, lock_sha256: str, versions: Mapping[str, str]) -> str:
        """What no environment with other packages or another Python has."""
        return lock_sha256 if self.plain else self._digest(lock_sha256, versions)

    def _digest(self, *more: object) -> str:
        python = self.python and [self.python.prefix, self.python.build]
        text = json.dumps([sorted(self.added), python, *more], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def read_stamp(stamp: str) -> tuple[str, list[str]]:
    """The version of Python, and what was added, of an environment with this stamp."""
    build, *after = SHA256.split(stamp, maxsplit=1)
    return build.partition(" ")[0], [line for text in after for line in text.splitlines() if line]


def require_python_that_fits(target: Target, python: str) -> None:
    """Raise `UsageError` where the target's `requires-python` asks for another one."""
    pyproject = target.folder / "pyproject.toml"
    project = read_toml(pyproject).values.get("project", {}) if pyproject.is_file() else {}
    needed = project.get("requires-python", "") if isinstance(project, dict) else ""
    try:
        asked = SpecifierSet(str(needed))
    except InvalidSpecifier:
        raise UsageError(
            f"{shown(pyproject)}: requires-python is {needed!r}, which is no range of versions, "
            f"such as '>=3.11,<3.14'."
        ) from None
    if asked.contains(python, prereleases=True):
        return
    least = [each.version for each in asked if each.operator in (">=", "~=")]
    older = [version for version in least if Version(python) < Version(version)]
    needs = f"{older[0]} or newer" if older else str(asked)
    hint = f"Try --python {older[0]}" if older else "Name another one: --python VERSION"
    raise UsageError(
        f"{target.name} needs Python {needs}, as its pyproject.toml says; this is {python}. {hint}"
    )


def add(uv_program: str, python: str, overrides: Overrides, target: Target) -> None:
    """Install what they add into the environment of `python`, over what is there.

    Raises `UsageError` where that cannot be, `MachineError` where the network is missing.
    """
    before = _misfits(uv_program, python, target)
    installed = uv.call(
        [uv_program, "pip", "install", "--quiet", "--python", python, "--", *overrides.added],
        doing=target.name,
    )
    if installed.code:
        raise refusal(overrides.added, installed.said, python=overrides.version)
    if new := _misfits(uv_program, python, target) - before:
        raise UsageError(
            f"{target.name} with {listed(overrides.added)} on top of its lock does not fit "
            f"together: {'; '.join(sorted(new))}."
        )


def _misfits(uv_program: str, python: str, target: Target) -> set[str]:
    """What uv says of each package that lacks what it requires."""
    called = uv.call([uv_program, "pip", "check", "--python", python], doing=target.name)
    lines = {line.replace("`", "") for line in called.said.splitlines()}
    found = {line for line in lines if line.startswith("The package ")}
    if called.code and not found:
        raise MachineError(f"{target.name}: uv could not check its environment:\n{called.said}")
    return found
