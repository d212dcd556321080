"""`serve`: one target and its upstream, until Ctrl-C. `check`: all targets, no load."""

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import display
from bench.environment import prepare
from bench.errors import BlockError
from bench.profile import Profile
from bench.scene import Scene
from bench.target import Target

SETTINGS_TIMEOUT_S = 60


def serve(target: Target, profile: Profile) -> int:
    """Serve the target until Ctrl-C, its usual end; 1 where it ends by itself."""
    with (
        tempfile.TemporaryDirectory(prefix="viewlab-serve-") as name,
        Scene(
            prepare([target]), folder=Path(name), latency=profile.latency, trust=profile.trust
        ) as scene,
        scene.served(target, Path(name) / "server.log") as (server, _),
    ):  # fmt: skip
        upstream = scene.upstream()
        print(f"{target.name}: {target.manifest.title}")
        print(f"  try it      curl {server.url}")
        for level in profile.levels:
            print(f"  load it     hey -n {level.requests} -c {level.concurrency} {server.url}")
        if upstream:
            print(f"  upstream    {upstream.url} ({profile.latency})")
        print(f"  its log     {server.log}")
        print("Ctrl-C stops it.", flush=True)
        try:
            server.child.wait()
        except KeyboardInterrupt:
            print("\nStopped.")
            return 0
        raise BlockError(f"{target.name} {server.trouble()}")


def check(targets: Sequence[Target], profile: Profile) -> int:
    """Every target's settings and one response; 1 where one is wrong."""
    failed = 0
    environments = prepare(targets)
    with (
        tempfile.TemporaryDirectory(prefix="viewlab-check-") as name,
        Scene(
            environments, folder=Path(name), latency=profile.latency, trust=profile.trust
        ) as scene,
    ):  # fmt: skip
        for target in targets:
            try:
                said = check_settings(target, environments[target.name].bin / "python")
                with scene.served(target, Path(name) / f"{target.name}.log"):
                    print(f"ok      {target.name}: the upstream's JSON; {said}", flush=True)
            except BlockError as error:
                failed += 1
                print(f"FAILED  {error}", flush=True)
    good = len(targets) - failed
    print(f"{good} of {display.plural(len(targets), 'target')} answer as they should.")
    return 1 if failed else 0


def check_settings(target: Target, python: Path) -> str:
    """What `manage.py check --deploy` says, in a line. Raises `BlockError` for its errors."""
    if not (target.folder / "manage.py").is_file():
        return "no manage.py, settings not checked"
    done = subprocess.run(
        [python, "manage.py", "check", "--deploy"],
        cwd=target.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SETTINGS_TIMEOUT_S,
        check=False,
    )
    lines = done.stdout.strip().splitlines()
    if done.returncode:
        raise BlockError("\n".join([f"{target.name}: manage.py check failed:", *lines[-12:]]))
    warnings = [line.split(")")[0].removeprefix("?: (") for line in lines if line.startswith("?:")]
    return (
        f"check --deploy warns of {', '.join(warnings)}" if warnings else "check --deploy is clean"
    )
