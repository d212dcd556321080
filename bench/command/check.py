"""`check`: all targets, no load."""

import re
import shlex
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.environment.prepare import prepared
from bench.process import child, turn
from bench.process.cancellation import Cancellation
from bench.serving.server import fresh_log
from bench.serving.surroundings import Surroundings
from bench.target.edges.ends import complaint_of
from bench.target.manifest import NOTHING_YET
from bench.target.target import Target
from lab import display
from lab.errors import BlockError
from lab.files.profile import Profile

SETTINGS_TIMEOUT_S = 60


def check(
    targets: Sequence[Target],
    profile: Profile,
    cancellation: Cancellation,
    *,
    added: Sequence[str] = (),
    python: str | None = None,
    no_wait: bool = False,
) -> int:
    """Every target's settings, one response and its edge; 1 where one is wrong.

    Waits for another run on this machine; with `no_wait` raises `MachineError`.
    """
    failed = 0
    wait = turn.waiting(_say, no_wait=no_wait)
    with (
        turn.on_machine(_say, no_wait=no_wait),
        prepared(targets, wait, added=added, python=python) as environments,
        Surroundings(
            environments,
            latency=profile.latency,
            trust=profile.trust,
            cancellation=cancellation,
        ) as surroundings,
    ):
        for target in targets:
            try:
                bin_folder = environments[target.name].bin
                said = check_settings(target, bin_folder, surroundings.environment(target))
                with surroundings.served(target, fresh_log(target)) as (server, _):
                    doubt = server.doubt
                check_edge(target)
                print(f"ok      {target.name}: {target.manifest.wanted}; {said}", flush=True)
                if doubt:
                    print(f"note    {target.name} {doubt}", flush=True)
                if target.manifest.change == NOTHING_YET:
                    print(f"note    {target.name}: its 'change' says nothing yet", flush=True)
            except BlockError as error:
                failed += 1
                print(f"FAILED  {error}", flush=True)
    good = len(targets) - failed
    print(f"{good} of {display.plural(len(targets), 'target')} passed.")
    options = [word for target in targets for word in target.compare_options]
    if good and options and not failed:
        print(f"To compare: {shlex.join(['nox', '-s', 'compare', '--', *options])}")
    return 1 if failed else 0


def _say(text: str) -> None:
    print(text, flush=True)


def check_edge(target: Target) -> None:
    """Raises `BlockError` where a target differs from its parent beyond its `change`.

    A user's project may: a run with it says so in a finding.
    """
    if target.must_name_changes and (differs := complaint_of(target)):
        raise BlockError(
            f"{differs}. Say it in 'change' in its [tool.bench], make it the same, or put a target "
            f"with one of the changes between the two."
        )


def check_settings(target: Target, bin_folder: Path, env: Mapping[str, str]) -> str:
    """What `manage.py check --deploy` says, in a line. Raises `BlockError` for its errors."""
    if not (target.folder / "manage.py").is_file():
        return "no manage.py, settings not checked"
    with tempfile.TemporaryFile() as output:
        ended = child.run(
            [str(bin_folder / "python"), "manage.py", "check", "--deploy"],
            output=output,
            cwd=target.folder,
            env=env,
            timeout_s=SETTINGS_TIMEOUT_S,
        )
        output.seek(0)
        said = output.read().decode(errors="replace")
    if ended is None:
        raise BlockError(f"{target.name}: manage.py check took longer than {SETTINGS_TIMEOUT_S} s.")
    if ended.code:
        last = said.strip().splitlines()[-12:]
        raise BlockError("\n".join([f"{target.name}: manage.py check failed:", *last]))
    warnings = re.findall(r"^\S+: \(([\w.]+)\)", said, re.MULTILINE)
    return (
        f"check --deploy warns of {', '.join(warnings)}" if warnings else "check --deploy is clean"
    )
