"""What is installed: what it is, how large, and when it was last used.

Whatever uses something sets the time of a file (`bench.tools.used`, and noxfile.py for what nox
runs in). What was made before there were such files has the time at which it was made.
"""

import contextlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.environment.overrides import read_stamp
from bench.environment.prepare import stamp_of
from bench.process.left import folders_left
from bench.tools.used import USED
from lab.display import printable
from lab.paths import ENVIRONMENTS, ROOT, SESSIONS, TOOLS

# Beginning of the name that something has while it is removed. Whoever finds it may go on with it.
ASIDE = ".removed-"

# Of `st_blocks`, whatever those of the disk are.
BLOCK = 512


@dataclass(frozen=True)
class Installed:
    """Something that the lab has made, and would make again.

    `used_s` is when it was last used, in seconds since 1970, and None where nobody can use it.
    Whoever uses it holds a lock on one of `locks`, or else has the machine. `before` goes before
    it does: it says that this is ready. `link` is where a link leads to, which is not the lab's.
    """

    path: Path
    what: str
    files: Mapping[tuple[int, int], int]
    used_s: float | None = None
    locks: tuple[Path, ...] = ()
    before: tuple[Path, ...] = ()
    link: bool = False


def size_bytes(things: Iterable[Installed]) -> int:
    """What these take on the disk together: what several share, as uv has them do, once."""
    files: dict[tuple[int, int], int] = {}
    for thing in things:
        files |= thing.files
    return sum(files.values())


def found(root: Path = ROOT) -> list[Installed]:
    """All that there is in the folders of the lab at `root`. No link is followed."""
    return [
        *_each(root / ENVIRONMENTS.name, _environment),
        *_each(root / SESSIONS.name, _sessions),
        *_each(root / TOOLS.name, _tool),
    ]


def left() -> list[Installed]:
    """Temporary folders of killed runs. Whoever has the machine next removes them."""
    return [Installed(folder, "left by a killed run", _files(folder)) for folder in folders_left()]


def _each(place: Path, look: Callable[[Path], Iterator[Installed]]) -> Iterator[Installed]:
    """What lies in a folder, and what is left there of something whose removal was cut off."""
    if place.is_symlink():
        yield _link(place)
        return
    for path in sorted(place.iterdir()) if place.is_dir() else ():
        if path.is_symlink():
            yield _link(path)
        elif path.name.startswith(ASIDE):
            yield Installed(path, "half removed", _files(path))
        else:
            yield from look(path)


def _link(path: Path) -> Installed:
    leads_to = printable(os.readlink(path))  # noqa: PTH115 - the text, wherever it leads to
    return Installed(path, f"a link to {leads_to}", {}, link=True)


def _environment(path: Path) -> Iterator[Installed]:
    """That of a target, or what the target's server printed when it was not in a run."""
    locks = (path.parent,)
    if not path.is_dir():
        if path.suffix == ".log":
            yield Installed(path, "log of check and serve", _files(path), _time(path), locks)
    elif (stamp := stamp_of(path)).is_file():
        what = f"environment{_overrides(path)}"
        yield Installed(path, what, _files(path), _time(path, stamp), locks)
    else:
        yield Installed(path, "environment, half made", _files(path), locks=locks)


def _overrides(environment: Path) -> str:
    """What an environment is made of beside a lock: its name has a plus then."""
    if "+" not in environment.name:
        return ""
    version, added = read_stamp(stamp_of(environment).read_text(errors="replace"))
    return printable("".join([f", Python {version}", *(f", {each}" for each in added)]))


def _sessions(path: Path) -> Iterator[Installed]:
    """Those of one interpreter, which has a folder of its own."""
    if path.is_dir():
        yield from _each(path, _session)


def _session(path: Path) -> Iterator[Installed]:
    if path.is_dir():
        used_s = _time(path, path / USED, path / "pyvenv.cfg")
        yield Installed(path, "environment of a session", _files(path), used_s, (path,))


def _tool(path: Path) -> Iterator[Installed]:
    if path.name == "bin" and path.is_dir():
        yield from _each(path, _program)
    elif path.name == "nox" and path.is_dir():
        # make installs it while it has the folder that it lies in, and believes these files.
        ready = tuple(path.parent.glob("ready*"))
        used_s = _time(path, path / USED)
        yield Installed(path, "nox and uv", _files(path), used_s, (path.parent, path), ready)
    elif path.is_dir():
        yield Installed(path, "tool", _files(path), _time(path, path / USED))


def _program(path: Path) -> Iterator[Installed]:
    """One that was fetched from the distribution's packages, or its copy, which was cut off."""
    if path.name.startswith("."):
        yield Installed(path, "half fetched", _files(path))
    else:
        yield Installed(path, f"{path.name}, fetched", _files(path), _time(path))


def _time(*paths: Path) -> float:
    """The latest of the times that are in the files there are."""
    return max((path.stat().st_mtime for path in paths if path.exists()), default=0.0)


def _files(path: Path) -> dict[tuple[int, int], int]:
    """What everything at and below a path takes on the disk, by device and number."""
    about = path.lstat()
    files = {_place(about): about.st_blocks * BLOCK}
    folders = [str(path)] if stat.S_ISDIR(about.st_mode) else []
    while folders:
        # One that went meanwhile, or may not be read, counts for nothing.
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                about = entry.stat(follow_symlinks=False)
                files[_place(about)] = about.st_blocks * BLOCK
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
    return files


def _place(about: os.stat_result) -> tuple[int, int]:
    return about.st_dev, about.st_ino
