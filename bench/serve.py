"""`serve`: one target and its upstream, until Ctrl-C. `check`: all targets, no load."""

import re
import shlex
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench import display, logs, process
from bench.edges.sides import complaint_of
from bench.environment import prepared
from bench.errors import BlockError
from bench.hey_install import find_hey
from bench.manifest import NOTHING_YET
from bench.paths import ENVIRONMENTS, shown
from bench.profile import Profile
from bench.request import HIDDEN
from bench.scene import Scene
from bench.target import Target

SETTINGS_TIMEOUT_S = 60
LOOK_INTERVAL_S = 1.0


def serve(
    target: Target, profile: Profile, *, added: Sequence[str] = (), python: str | None = None
) -> int:
    """Serve the target until Ctrl-C, its usual end; 1 where it ends by itself."""
    found = find_hey(print)
    hey = "hey" if shutil.which("hey") else shown(Path(found))
    with (
        prepared([target], print, added=added, python=python) as environments,
        Scene(environments, latency=profile.latency, trust=profile.trust) as scene,
        scene.served(target, fresh_log(target)) as (server, _),
    ):
        upstream = scene.upstream()
        print(f"{target.name}: {target.manifest.title}")
        request = target.manifest.request
        print(f"  try it      {shlex.join(['curl', *request.curl_options(), server.url])}")
        options = shlex.join([*request.shown_options(), server.url])
        for level in profile.levels:
            print(f"  load it     {hey} -n {level.requests} -c {level.concurrency} {options}")
        if request.secret:
            print(f"              (where {HIDDEN} stands, put what {target.table} has)")
        if upstream:
            print(f"  upstream    curl --cacert {scene.trust_file} {upstream.url}")
            print(f"              ({profile.latency})")
        print(f"  its log     {shown(server.log)}")
        print("Ctrl-C stops it.", flush=True)
        try:
            while server.child.wait(LOOK_INTERVAL_S) is None:
                logs.trim(server.log)
                if upstream and not upstream.running():
                    raise BlockError("the upstream has died, so the view has nothing to call.")
        except KeyboardInterrupt:
            print("\nStopped.")
            return 0
        raise BlockError(f"{target.name} {server.trouble()}")


def check(
    targets: Sequence[Target],
    profile: Profile,
    *,
    added: Sequence[str] = (),
    python: str | None = None,
) -> int:
    """Every target's settings, one response and its edge; 1 where one is wrong."""
    failed = 0
    with (
        prepared(targets, print, added=added, python=python) as environments,
        Scene(environments, latency=profile.latency, trust=profile.trust) as scene,
    ):
        for target in targets:
            try:
                bin_folder = environments[target.name].bin
                said = check_settings(target, bin_folder, scene.environment(target))
                with scene.served(target, fresh_log(target)):
                    pass
                check_edge(target)
                print(f"ok      {target.name}: {target.manifest.wanted}; {said}", flush=True)
                if target.manifest.change == NOTHING_YET:
                    print(f"note    {target.name}: its 'change' says nothing yet", flush=True)
            except BlockError as error:
                failed += 1
                print(f"FAILED  {error}", flush=True)
    good = len(targets) - failed
    print(f"{good} of {display.plural(len(targets), 'target')} passed.")
    if good and (ready := [target.project for target in targets if target.project]) and not failed:
        options = [word for path in ready for word in ("--target", path)]
        print(f"To compare: {shlex.join(['nox', '-s', 'compare', '--', *options])}")
    return 1 if failed else 0


def fresh_log(target: Target) -> Path:
    """Where the server prints to: beside its environment, so that it is there to be read."""
    log = ENVIRONMENTS / f"{target.slug}.log"
    log.write_bytes(b"")
    return log


def check_edge(target: Target) -> None:
    """Raises `BlockError` where a target differs from its parent beyond its `change`.

    A user's project may: a run with it says so in a finding.
    """
    if target.project is None and (differs := complaint_of(target)):
        raise BlockError(
            f"{differs}. Say it in 'change' in its [tool.bench], make it the same, or put a target "
            f"with one of the changes between the two."
        )


def check_settings(target: Target, bin_folder: Path, env: Mapping[str, str]) -> str:
    """What `manage.py check --deploy` says, in a line. Raises `BlockError` for its errors."""
    if not (target.folder / "manage.py").is_file():
        return "no manage.py, settings not checked"
    with tempfile.TemporaryFile() as output:
        ended = process.run(
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
