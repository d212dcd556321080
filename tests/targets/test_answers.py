"""Every target answers the upstream's JSON with one call, over connections kept or not."""

from pathlib import Path

from bench.load.hey import run_hey
from bench.serving.surroundings import Surroundings
from bench.target.target import Target
from lab.level import Level
from lab.serve_line import WORKERS, parse

LEVEL = Level(400, 20)


def test_it_answers_with_one_call_each_and_pools_where_it_says_so(
    scene: Surroundings, target: Target, tmp_path: Path, hey: str
) -> None:
    """`served` compares an answer with the upstream's; hey and the witness count the rest."""
    with scene.served(target, tmp_path / "log") as (server, _):
        upstream = scene.upstream()
        assert upstream is not None
        upstream.begin("load")
        loaded = run_hey(hey, LEVEL, server.url)
        seen = upstream.read()[0]

    assert (loaded.statuses, loaded.errors) == ((200,) * 400, {})
    assert (seen.calls, seen.abandoned) == (400, 0)
    if "pooled" in target.manifest.tags:
        # Each worker has a pool of its own, which needs no more connections than there were
        # calls at once; or each of its threads keeps one.
        workers = int(parse(target.manifest.serve).options[WORKERS])
        slots = target.manifest.slots or 0
        assert seen.connections <= max(workers * seen.in_flight_max, slots)
        assert seen.connections <= 400 / 5
    else:
        assert (seen.connections, seen.connections_new) == (400, 400)
