from pathlib import Path
from typing import Any

import pytest

from lab.files.sample import Sample
from lab.files.summary_json import Severity
from report.words.caveats import state
from report.words.findings import Group, Note, found
from report.words.levels import placement, sentences
from tests.support import runs


def _rounds(target: str, *walls_s: float) -> list[Sample]:
    return [runs.sample(target, number, wall_s) for number, wall_s in enumerate(walls_s, start=1)]


BASELINE = _rounds("sync_requests", 3.0, 3.0, 3.0)


def test_a_clear_lead(tmp_path: Path) -> None:
    samples = [
        *BASELINE,
        *_rounds("async_httpx", 5.0, 6.0, 5.5),
        *_rounds("sync_pooled", 1.0, 1.1, 0.9),
    ]

    (said,) = sentences(runs.summary(tmp_path / "run", runs.run(), samples))
    assert said == (
        "At 150/30 sync_pooled leads: 151 RPS, 3.01 [2.35, 3.86] times those of "
        "sync_requests: faster. Next: sync_requests with 50.0 RPS. async_httpx served 0.55 "
        "[0.44, 0.69] times the requests of sync_requests (the article saw 0.85 times): "
        "sync_requests was faster."
    )


def test_an_interval_that_includes_1_is_inconclusive(tmp_path: Path) -> None:
    samples = [*BASELINE, *_rounds("async_httpx", 3.75, 3.0, 2.8)]

    (said,) = sentences(runs.summary(tmp_path / "run", runs.run(), samples))
    assert said == (
        "At 150/30 sync_requests served most requests: 50.0 RPS. Next: async_httpx with 47.5 RPS. "
        "Not told apart from sync_requests: async_httpx. "
        "async_httpx served 0.95 [0.65, 1.39] times the requests of sync_requests (the article "
        "saw 0.85 times): inconclusive (more than 50 more rounds may be needed)."
    )


def test_where_the_articles_async_view_leads_its_ratio_is_said_once(tmp_path: Path) -> None:
    samples = [*BASELINE, *_rounds("async_httpx", 1.5, 1.6, 1.4)]

    (said,) = sentences(runs.summary(tmp_path / "run", runs.run(), samples))
    assert said == (
        "At 150/30 async_httpx leads: 100 RPS, 2.00 [1.70, 2.36] times those of "
        "sync_requests: faster. Next: sync_requests with 50.0 RPS. For async_httpx over "
        "sync_requests the article saw 0.85 times."
    )


def test_a_second_that_may_be_as_fast_leaves_the_order_open(tmp_path: Path) -> None:
    targets = {**runs.TARGETS, "async_aiohttp": runs.TARGETS["async_httpx"]}
    samples = [
        *BASELINE,
        *_rounds("async_aiohttp", 1.0, 1.1, 0.9),
        *_rounds("sync_pooled", 1.05, 1.0, 1.15),
    ]

    (said,) = sentences(runs.summary(tmp_path / "run", runs.run(targets=targets), samples))
    assert said == (
        "At 150/30 async_aiohttp served most requests: 151 RPS, 3.01 [2.35, 3.86] times those of "
        "sync_requests: faster. Next: sync_pooled with 141 RPS; async_aiohttp had 1.07 [0.70, "
        "1.63] times as many. Not told apart from async_aiohttp: sync_pooled."
    )


def test_an_interval_that_excludes_1_is_said_to_be_luck_perhaps(tmp_path: Path) -> None:
    """Over async_httpx P is 0.035, which counts twice, as 0.5 over sync_requests does not."""
    targets = {**runs.TARGETS, "sync_pooled": runs.TARGETS["async_httpx"]}
    samples = [
        *runs.rounds("sync_requests", *(100 * 1.1**n for n in (2, -2, -1))),
        *runs.rounds("async_httpx", *(100 * 1.1**n for n in (-2, -3, -4))),
        *runs.rounds("sync_pooled", 100, 100, 100),
    ]

    (said,) = sentences(runs.summary(tmp_path / "run", runs.run(targets=targets), samples))
    assert (
        "Not told apart from sync_pooled: sync_requests and async_httpx. The interval of "
        "async_httpx excludes 1, but among 2 comparisons that may be luck." in said
    )


def test_what_is_told_apart_singly_is_said_to_be(tmp_path: Path) -> None:
    """The verdict on child and parent stands among one other ratio, not among three of the best.

    Of the ratios to the baseline and the parent P is 0.0261 for all four, and so it stays; the
    best's of 0.0261 count three times.
    """
    steps = {"async_httpx": -3.0, "sync_pooled": -6.0, "async_pooled": -9.0}
    targets = {
        "async_best": {"title": "Best", "parent": None, "change": None},
        **{name: {**runs.TARGETS["async_httpx"], "parent": "async_best"} for name in steps},
    }
    samples = [
        *runs.rounds("async_best", 100, 100, 100),
        *(
            sample
            for name, step in steps.items()
            for sample in runs.rounds(name, *(100 * 1.1 ** (step * n) for n in (0.62, 1, 1.38)))
        ),
    ]
    values = runs.run(targets=targets, baseline="async_best")

    (said,) = sentences(runs.summary(tmp_path / "run", values, samples))
    assert said.startswith("At 150/30 async_best likely leads: 100 RPS.")
    assert said.endswith(
        "async_httpx, sync_pooled and async_pooled are slower where only two at a time are "
        "compared; among all 3 comparisons that may be luck."
    )


def test_a_second_far_behind_does_not(tmp_path: Path) -> None:
    targets = {**runs.TARGETS, "async_aiohttp": runs.TARGETS["async_httpx"]}
    samples = [
        *BASELINE,
        *_rounds("async_aiohttp", 1.0, 1.0, 1.1),
        *_rounds("sync_pooled", 2.0, 2.0, 2.1),
    ]

    (said,) = sentences(runs.summary(tmp_path / "run", runs.run(targets=targets), samples))
    assert said == (
        "At 150/30 async_aiohttp leads: 145 RPS, 2.91 [2.53, 3.33] times those of "
        "sync_requests: faster. Next: sync_pooled with 73.8 RPS; async_aiohttp had 1.97 [1.84, "
        "2.11] times as many."
    )


def test_a_second_behind_the_baseline_comes_with_its_paired_ratio(tmp_path: Path) -> None:
    samples = [*BASELINE, *_rounds("sync_pooled", 6.0, 6.0, 6.3)]

    (said,) = sentences(runs.summary(tmp_path / "run", runs.run(), samples))
    assert said == (
        "At 150/30 sync_requests leads: 50.0 RPS. Next: sync_pooled with 24.6 RPS, "
        "0.49 [0.46, 0.53] times those of sync_requests: slower."
    )


def test_one_round_has_no_interval_and_says_so(tmp_path: Path) -> None:
    samples = [runs.sample("sync_requests", 1, 3.0), runs.sample("async_httpx", 1, 4.0)]

    summary = runs.summary(tmp_path / "run", runs.run(asked=1, done=1), samples)

    (said,) = sentences(summary)
    assert said == (
        "At 150/30 sync_requests served most requests: 50.0 RPS. Next: async_httpx with 37.5 RPS. "
        "async_httpx served 0.75 times the requests of sync_requests (the article saw 0.85 "
        "times): sync_requests was ahead, in one round."
    )
    assert state(summary) == (
        "One round cannot tell a difference from luck: there are no intervals."
    )


def test_one_round_in_which_another_led(tmp_path: Path) -> None:
    samples = [runs.sample("sync_requests", 1, 3.0), runs.sample("sync_pooled", 1, 1.0)]

    summary = runs.summary(tmp_path / "run", runs.run(asked=1, done=1), samples)

    (said,) = sentences(summary)
    assert said == (
        "At 150/30 sync_pooled served most requests: 150 RPS, 3.00 times those of sync_requests, "
        "in one round. Next: sync_requests with 50.0 RPS."
    )


def test_nothing_ranked(tmp_path: Path) -> None:
    values = runs.run(
        asked=1, done=1, errors=[(1, "async_httpx", "It died."), (1, "sync_pooled", "So did it.")]
    )
    samples = [runs.sample("sync_requests", 1, 3.0, refused=150)]

    summary = runs.summary(tmp_path / "run", values, samples)

    (said,) = sentences(summary)
    assert said == (
        "At 150/30 no target has a valid measurement. "
        "Not ranked: sync_requests, async_httpx, sync_pooled."
    )


def test_without_the_baseline_there_is_no_ratio(tmp_path: Path) -> None:
    samples = [runs.sample("sync_requests", 1, 3.0, rejected=1), *_rounds("sync_pooled", 1.0)]

    summary = runs.summary(tmp_path / "run", runs.run(asked=1, done=1), samples)

    (said,) = sentences(summary)
    assert said == (
        "At 150/30 sync_pooled served most requests: 150 RPS. Not ranked: sync_requests."
    )


def test_an_incomplete_run_says_what_is_missing(tmp_path: Path) -> None:
    samples = [
        runs.sample("sync_requests", 1, 3.0),
        runs.sample("sync_requests", 1, 3.0, level="300/50"),
        runs.sample("sync_requests", 2, 3.0),
        runs.sample("async_httpx", 1, 3.0),
    ]
    values = runs.run(levels=["150/30", "300/50", "1000/100"], done=1)

    summary = runs.summary(tmp_path / "run", values, samples)

    assert state(summary) == (
        "This run is not complete: 1 of 3 rounds done. Not measured: sync_pooled at 150/30, "
        "300/50, 1000/100; async_httpx at 300/50, 1000/100; sync_requests at 1000/100."
    )
    assert sentences(summary)[2] == "At 1000/100 nothing has been measured."


def test_a_whole_run_of_several_rounds_needs_no_warning(tmp_path: Path) -> None:
    assert state(runs.summary(tmp_path / "run", runs.run(), runs.SAMPLES)) is None


def test_without_the_baseline_the_ratio_of_the_first_two_still_tells(tmp_path: Path) -> None:
    samples = [
        runs.sample("sync_requests", 1, 3.0, rejected=1),
        *_rounds("async_httpx", 2.0, 2.0, 2.1),
        *_rounds("sync_pooled", 1.0, 1.0, 1.1),
    ]

    (said,) = sentences(runs.summary(tmp_path / "run", runs.run(), samples))
    assert said == (
        "At 150/30 sync_pooled leads: 145 RPS. Next: async_httpx with 73.8 RPS; "
        "sync_pooled had 1.97 [1.84, 2.11] times as many. Not ranked: sync_requests."
    )


def test_another_baseline_that_leads_is_what_the_second_is_measured_by(tmp_path: Path) -> None:
    samples = [runs.sample("sync_pooled", 1, 1.0), runs.sample("async_httpx", 1, 4.0)]
    values = runs.run(asked=1, done=1, baseline="sync_pooled")

    (said,) = sentences(runs.summary(tmp_path / "run", values, samples))
    assert said == (
        "At 150/30 sync_pooled served most requests: 150 RPS. Next: async_httpx with 37.5 RPS, "
        "0.25 times those of sync_pooled, in one round."
    )


def test_of_equivalent_views_neither_was_faster(tmp_path: Path) -> None:
    samples = [*BASELINE, *_rounds("async_httpx", 3.03, 3.0, 3.06)]

    (said,) = sentences(runs.summary(tmp_path / "run", runs.run(), samples))
    assert said == (
        "At 150/30 sync_requests shares the lead: 50.0 RPS. Next: async_httpx with 49.5 RPS. "
        "Equivalent to sync_requests: async_httpx. "
        "async_httpx served 0.99 [0.97, 1.01] times the requests of sync_requests (the article "
        "saw 0.85 times): equivalent."
    )


NOTES = (
    Note("sync_pooled at 150/30", "Round 1: It stopped. Last lines:\nTraceback\nOSError"),
    Note("async_httpx", "Round 2: It stopped."),
)


@pytest.mark.parametrize(
    ("severity", "texts"),
    [
        (
            "unranked",
            [
                "sync_pooled at 150/30: Round 1: It stopped. Last lines: ...",
                "async_httpx: Round 2: It stopped.",
            ],
        ),
        (
            "warn",
            [
                (
                    "tail (everywhere): the load generator's last connections took a large part of "
                    "the time. The page has the figures."
                )
            ],
        ),
    ],
)  # fmt: skip
def test_where_there_is_little_room_figures_are_told_of_the_cells_they_belong_to(
    severity: Severity, texts: list[str]
) -> None:
    assert found(Group("tail", severity, "everywhere", NOTES)) == texts


@pytest.mark.parametrize("severity", ["warn", "info"])
def test_what_is_the_same_everywhere_is_told_in_full(severity: Severity) -> None:
    notes = (Note("everywhere", "All shared 2 cores."),)
    said = found(Group("cores_shared", severity, "everywhere", notes))
    assert said == ["cores_shared (everywhere): All shared 2 cores."]


PINNED = {"load": [0, 1, 8, 9], "upstream": [2, 10], "server": [3, 4, 5, 11, 12, 13]}


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (
            {"pinned": PINNED},
            (
                "Load, upstream and servers ran on CPUs of their own: load on 0-1,8-9; "
                "upstream on 2,10; servers on 3-5,11-13."
            ),
        ),
        (
            {"pinned": PINNED, "upstream": "https://api.example/"},
            "Load and servers ran on CPUs of their own: load on 0-1,8-9; servers on 3-5,11-13.",
        ),
        ({"pinned": None}, "Load, upstream and servers shared the machine (2 cores)."),
        (
            {"pinned": None, "upstream": "https://api.example/"},
            "Load and servers shared the machine (2 cores).",
        ),
        ({}, "Load, upstream and servers shared the machine (2 cores)."),
    ],
    ids=["pinned", "pinned, a real API", "shared", "shared, a real API", "an older run"],
)
def test_where_each_part_ran_is_said(values: dict[str, Any], text: str) -> None:
    assert placement(runs.read(runs.run(**values))) == text
