"""`serve`: one target and its upstream, until Ctrl-C."""

import shlex
from collections.abc import Sequence

from bench.environment.prepare import prepared
from bench.load.find import find_engine
from bench.process import log, turn
from bench.process.cancellation import Cancellation
from bench.serving.server import fresh_log
from bench.serving.surroundings import Surroundings
from bench.target.request import HIDDEN
from bench.target.target import Target
from lab.condition import Condition
from lab.engines import DEFAULT
from lab.errors import BlockError
from lab.files.profile import Profile
from lab.paths import shown

LOOK_INTERVAL_S = 1.0


def serve(
    target: Target,
    profile: Profile,
    cancellation: Cancellation,
    *,
    added: Sequence[str] = (),
    python: str | None = None,
    no_wait: bool = False,
) -> int:
    """Serve the target until Ctrl-C, its usual end; 1 where it ends by itself.

    Waits for another run on this machine; with `no_wait` raises `MachineError`.
    """
    engine = find_engine(DEFAULT, print)
    wait = turn.waiting(_say, no_wait=no_wait)
    with (
        turn.on_machine(_say, no_wait=no_wait),
        prepared([target], wait, added=added, python=python) as environments,
        Surroundings(
            environments,
            latency=profile.latency,
            trust=profile.trust,
            cancellation=cancellation,
        ) as surroundings,
        surroundings.served(target, fresh_log(target)) as (server, _),
    ):
        upstream = surroundings.upstream()
        print(f"{target.name}: {target.manifest.title}")
        request = target.manifest.request
        print(f"  try it      {shlex.join(['curl', *request.curl_options(), server.url])}")
        for level in profile.levels:
            if command := engine.typed_command(Condition(level), server.url, request):
                print(f"  load it     {shlex.join(command)}")
        if request.secret:
            print(f"              (where {HIDDEN} stands, put what {target.table} has)")
        if upstream:
            print(f"  upstream    curl --cacert {surroundings.trust_file} {upstream.url}")
            print(f"              ({profile.latency})")
        print(f"  its log     {shown(server.log)}")
        print("Ctrl-C stops it.", flush=True)
        try:
            while server.child.wait(LOOK_INTERVAL_S) is None:
                log.trim(server.log)
                if upstream:
                    log.trim(upstream.log)
                    if not upstream.running():
                        raise BlockError("the upstream has died, so the view has nothing to call.")
        except KeyboardInterrupt:
            print("\nStopped.")
            return 0
        raise BlockError(f"{target.name} {server.trouble()}")


def _say(text: str) -> None:
    print(text, flush=True)
