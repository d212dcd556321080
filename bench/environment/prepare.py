"""Each target's own virtual environment, made from its lock by uv."""

import contextlib
import hashlib
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.environment.interpreter import find
from bench.environment.overrides import Overrides, add, require_python_that_fits
from bench.environment.source import installed, require_program, source_of
from bench.process.folder_lock import FolderLock
from bench.process.scratch import scratch
from bench.target.target import Reference, Target
from bench.tools import nginx
from bench.tools.used import note_use
from bench.tools.uv import call, find_uv
from lab.errors import MachineError, UsageError
from lab.files.folder import make_folder
from lab.files.run_json import Python
from lab.paths import ENVIRONMENTS, shown


@dataclass(frozen=True)
class Environment:
    """An environment that holds what a target's lock says, and what overrides add to that.

    `versions` maps each package to the version that is installed. `source` tells what it was
    made from.
    """

    folder: Path
    lock_sha256: str
    versions: dict[str, str]
    source: str = "requirements.txt"
    overrides: Overrides = field(default_factory=Overrides)

    @property
    def bin(self) -> Path:
        return self.folder / "bin"

    @property
    def python(self) -> Python | None:
        """What it runs on; None for the lab's own interpreter."""
        return self.overrides.python.about if self.overrides.python else None

    @property
    def sha256(self) -> str:
        """What no environment of another lock or with other overrides has."""
        return self.overrides.sha256(self.lock_sha256, self.versions)


@contextlib.contextmanager
def prepared(
    targets: Sequence[Target],
    wait: Callable[[str], None],
    *,
    added: Sequence[str] = (),
    python: str | None = None,
) -> Iterator[dict[str, Environment]]:
    """Environments by target name, for as long as the block lasts: nobody changes them meanwhile.

    They are created or brought up to date, but for a project's own, which is used as it is; with
    what is `added` on top of each lock, on the interpreter that `python` names, or the lab's own.
    Warm, this takes no network. Where another process is in the way, `wait` is told so first, and
    may raise. Raises `UsageError` for a target without a lock, one that does
    not go with these, or a project whose server is not installed, `MachineError` where uv fails.
    """
    uv = find_uv()
    own = [target for target in targets if not isinstance(target, Reference)]
    for target in own:
        source_of(target)
    overrides = Overrides(tuple(added), find(python, uv) if python else None)
    for target in own:
        _require_fit(target, overrides)
    # The control is the baseline under another name, and has its environment.
    projects = {target.folder: target for target in own}.values()

    def say_who() -> None:
        wait(f"Another process is using {shown(ENVIRONMENTS)}")

    with FolderLock(make_folder(ENVIRONMENTS)) as environments:
        environments.share(say_who)
        if not all(_whole(target, overrides) for target in projects):
            environments.own(say_who)
            for target in projects:
                if not _whole(target, overrides):
                    _make(uv, target, overrides)
            environments.share(say_who)
        made = {target.folder: _read(target, overrides) for target in projects}
        for target in projects:
            require_program(target, source_of(target), made[target.folder].bin)
        for target in targets:
            if isinstance(target, Reference):
                made[target.folder] = of_reference()
        yield {target.name: made[target.folder] for target in targets}


def of_reference() -> Environment:
    """The lab's own, whose Python starts nginx; the version of nginx is the lock.

    Raises `MachineError` where there is no nginx that will do.
    """
    version = nginx.nginx_version()
    digest = hashlib.sha256(f"nginx {version}".encode()).hexdigest()
    return Environment(Path(sys.prefix), digest, {"nginx": version})


def _require_fit(target: Target, overrides: Overrides) -> None:
    """Raise `UsageError` where the target cannot be run with these overrides."""
    if source_of(target).kind != "venv":
        require_python_that_fits(target, overrides.version)
    elif not overrides.plain:
        raise UsageError(
            f"{target.name} runs in its own virtual environment, 'venv' in {target.table}, which "
            f"is used as it is: leave out --with and --python, or that."
        )


def _folder(target: Target, overrides: Overrides) -> Path:
    source = source_of(target)
    if source.kind == "venv":
        return source.path
    return ENVIRONMENTS / f"{target.slug}{overrides.suffix}"


def stamp_of(folder: Path) -> Path:
    """Written last. Without it an environment may be half made. Its time is that of the last use.

    uv takes a package whose metadata was there before it was cut off for an installed one.
    """
    return folder / "whole"


def lock_sha256(target: Target) -> str:
    return source_of(target).digest()


def _whole(target: Target, overrides: Overrides) -> bool:
    if source_of(target).kind == "venv":
        return True
    folder = _folder(target, overrides)
    stamp = stamp_of(folder)
    whole = stamp.is_file() and stamp.read_text() == overrides.stamp(lock_sha256(target))
    # Its python is a link, and what it points to may have been removed.
    return whole and (folder / "bin" / "python").exists()


def _read(target: Target, overrides: Overrides) -> Environment:
    """What is there, and used from now on."""
    folder, source = _folder(target, overrides), source_of(target)
    if source.kind != "venv":
        note_use(stamp_of(folder))
    return Environment(folder, source.digest(), installed(folder), source.described(), overrides)


def _make(uv: str, target: Target, overrides: Overrides) -> None:
    folder = _folder(target, overrides)
    try:
        _install(uv, folder, target, overrides)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    stamp_of(folder).write_text(overrides.stamp(lock_sha256(target)))


def _install(uv: str, folder: Path, target: Target, overrides: Overrides) -> None:
    # Relocatable, as its programs else name a folder that a moved clone no longer has.
    _run_uv(
        [
            uv, "venv", "--quiet", "--clear", "--relocatable",
            "--python", overrides.executable, str(folder),
        ],
        target,
    )  # fmt: skip
    python = str(folder / "bin" / "python")
    _install_source(uv, python, target, overrides)
    if not Path(python).exists():
        raise MachineError(f"{target.name}: {uv} made no environment in {shown(folder)}.")
    if overrides.added:
        add(uv, python, overrides, target)


def _install_source(uv: str, python: str, target: Target, overrides: Overrides) -> None:
    source = source_of(target)
    cwd = target.uv_folder
    with scratch() as folder:
        file, hashed = source.path, source.fully_hashed()
        if source.kind == "uv.lock":
            file = folder / "requirements.txt"
            # Without the project itself: it is served from its folder, and building it would
            # write there.
            _run_uv(
                [
                    uv, "export", "--quiet", "--frozen", "--no-dev", "--no-emit-project",
                    "--no-header", "--python", overrides.executable, "--output-file", str(file),
                ],
                target,
                cwd,
            )  # fmt: skip
            hashed = replace(source, path=file).fully_hashed()
        # What has no hashes need not be a lock: what its packages need is found out.
        hashed = hashed or target.must_have_hashes
        how = ["install", "-r"] if source.kind == "requirements" and not hashed else ["sync"]
        required = ["--require-hashes"] if hashed else []
        _run_uv(
            [uv, "pip", how[0], "--quiet", *required, "--python", python, *how[1:], str(file)],
            target,
            cwd,
        )


def _run_uv(command: list[str], target: Target, cwd: Path | None = None) -> None:
    lock = target.shown_file(source_of(target).name)
    called = call(command, doing=f"{target.name}: installing {lock}", cwd=cwd)
    if called.code:
        last = "\n".join(called.said.splitlines()[-8:])
        raise MachineError(f"{target.name}: uv could not install {lock}:\n{last}")
