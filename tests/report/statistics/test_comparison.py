"""Ratios with their verdicts: what is compared, and P values adjusted by hand.

Log ratios of three rounds are m - s, m and m + s here, so their SD is s. With two degrees
of freedom the t test's P is 1 - t / sqrt(t^2 + 2), and t is sqrt(3) m / s.
"""

import math
from pathlib import Path

import pytest

from lab.condition import Condition
from lab.files.sample import Sample
from lab.files.summary_json import Comparison, Summary
from lab.level import Level
from report.statistics.comparison import Pair, best_pairs, pairs
from tests.support import runs
from tests.support.runs import ratio_of
from tests.support.summaries import cell

SMALL = Condition(Level(150, 30))
TARGETS = {
    **runs.TARGETS,
    "async_pooled": {"title": "One client", "parent": "async_httpx", "change": "one client"},
}
WITH_CONTROL = {**TARGETS, "control": runs.CONTROL}


def powers(target: str, *exponents: float, level: str = "150/30") -> list[Sample]:
    """A target whose RPS are 50 times these powers of 1.1, in rounds 1, 2 and so on."""
    return runs.rounds(target, *(50 * 1.1**each for each in exponents), level=level)


def p_of(steps: float) -> float:
    """P where the mean log ratio is `steps` times its SD."""
    return 1 - math.sqrt(3 * steps**2 / (3 * steps**2 + 2))


# Over the baseline: m / s is 2, 8 and 5. async_pooled over its parent: 5, 3, 1, so it is 1.5.
SAMPLES = [
    *powers("sync_requests", 0, 0, 0),
    *powers("async_httpx", 1, 2, 3),
    *powers("sync_pooled", 7, 8, 9),
    *powers("async_pooled", 6, 5, 4),
]


def test_each_is_paired_with_the_baseline_and_its_parent_and_the_control_with_its_own() -> None:
    parents = {name: it["parent"] for name, it in WITH_CONTROL.items()}

    assert list(pairs(parents, "sync_requests", [SMALL])) == [
        Pair("baseline", "async_httpx", "sync_requests", SMALL),
        Pair("baseline", "sync_pooled", "sync_requests", SMALL),
        Pair("parent", "sync_pooled", "sync_requests", SMALL),
        Pair("baseline", "async_pooled", "sync_requests", SMALL),
        Pair("parent", "async_pooled", "async_httpx", SMALL),
        Pair("control", "control", "sync_requests", SMALL),
    ]


def test_what_comes_after_the_control_and_nginx_is_paired_as_well() -> None:
    parents = {"control": None, "nginx": None, "sync_requests": None, "async_httpx": None}

    assert list(pairs(parents, "sync_requests", [SMALL])) == [
        Pair("control", "control", "sync_requests", SMALL),
        Pair("reference", "sync_requests", "nginx", SMALL),
        Pair("reference", "async_httpx", "nginx", SMALL),
        Pair("baseline", "async_httpx", "sync_requests", SMALL),
    ]


def test_the_best_is_paired_with_each_that_comes_after_it() -> None:
    field = [cell("one", 30.0), cell("two", 20.0), cell("three", 10.0)]

    assert list(best_pairs(field)) == [
        Pair("best", "one", "two", Condition(Level(1000, 100))),
        Pair("best", "one", "three", Condition(Level(1000, 100))),
    ]
    assert list(best_pairs(field[:1])) == []


def test_a_parent_that_is_not_measured_is_left_out() -> None:
    parents = {"sync_requests": None, "async_pooled": "async_httpx"}

    assert [pair.kind for pair in pairs(parents, "sync_requests", [SMALL])] == ["baseline"]


def test_one_adjustment_covers_every_pair_once_also_where_the_parent_is_the_baseline(
    tmp_path: Path,
) -> None:
    """Benjamini and Hochberg over four, though rows show five: p 4/1, p 4/2, p 4/3, p 4/4."""
    summary = runs.summary(tmp_path / "run", runs.run(targets=TARGETS), SAMPLES)

    assert {
        (row.kind, row.target): row.p_adjusted
        for row in summary.comparisons
        if row.metric == "rps" and row.kind != "best"
    } == {
        ("baseline", "sync_pooled"): pytest.approx(4 * p_of(8)),
        ("parent", "sync_pooled"): pytest.approx(4 * p_of(8)),
        ("baseline", "async_pooled"): pytest.approx(2 * p_of(5)),
        ("baseline", "async_httpx"): pytest.approx(4 / 3 * p_of(2)),
        ("parent", "async_pooled"): pytest.approx(p_of(1.5)),
    }
    assert [p_of(8), p_of(5), p_of(2), p_of(1.5)] == pytest.approx(
        [0.0051680, 0.0130725, 0.0741799, 0.1216899], abs=5e-8
    )


def test_levels_are_adjusted_together(tmp_path: Path) -> None:
    """P values of the first level are those of two levels, of which the other is all luck."""
    samples = [
        *powers("sync_requests", 0, 0, 0),
        *powers("sync_pooled", 7, 8, 9),
        *powers("sync_requests", 0, 0, 0, level="300/50"),
        *powers("sync_pooled", -1, 0, 1, level="300/50"),
    ]
    values = runs.run(levels=["150/30", "300/50"])

    summary = runs.summary(tmp_path / "run", values, samples)

    assert ratio_of(summary, "sync_pooled")["p_adjusted"] == pytest.approx(2 * p_of(8))
    assert ratio_of(summary, "sync_pooled", level="300/50")["p_adjusted"] == pytest.approx(1.0)


def test_verdicts_are_those_of_the_adjusted_p_values(tmp_path: Path) -> None:
    summary = runs.summary(tmp_path / "run", runs.run(targets=TARGETS), SAMPLES)

    assert {
        (row.kind, row.target): row.verdict
        for row in summary.comparisons
        if row.metric == "rps" and row.kind != "best"
    } == {
        ("baseline", "sync_pooled"): "faster",
        ("parent", "sync_pooled"): "faster",
        ("baseline", "async_pooled"): "faster",
        ("baseline", "async_httpx"): "inconclusive",
        ("parent", "async_pooled"): "inconclusive",
    }


def test_an_interval_without_1_is_not_enough_among_others(tmp_path: Path) -> None:
    """P is 0.035 alone; with another ratio that is all luck it counts twice."""
    alone = [*powers("sync_requests", 0, 0, 0), *powers("async_httpx", 2, 3, 4)]
    among = [*alone, *powers("sync_pooled", -1, 0, 1)]

    first = ratio_of(runs.summary(tmp_path / "alone", runs.run(), alone), "async_httpx")
    second = ratio_of(runs.summary(tmp_path / "among", runs.run(), among), "async_httpx")

    assert first["low"] == second["low"] > 1
    assert (first["p_adjusted"], first["verdict"]) == (pytest.approx(0.0350987, abs=5e-8), "faster")
    assert (second["p_adjusted"], second["verdict"]) == (
        pytest.approx(0.0701974, abs=5e-8),
        "inconclusive",
    )


def test_only_what_is_inconclusive_takes_more_rounds(tmp_path: Path) -> None:
    """With n rounds in all, m is to be t(0.8) errors, s / sqrt(n), beyond where P is 0.05.

    async_httpx, m = 0.1906, s = 0.0953, P counting 4/3: t(0.98125) is 3.57 with 4 rounds and
    3.06 with 5, so it lies (0.1906 - 0.1702) / 0.0477 = 0.43 and 0.0600 / 0.0426 = 1.41 errors
    beyond, and t(0.8) is 0.94 there. async_pooled over its parent, m = 0.2859, s = 0.1906:
    0.0493 / 0.0852 = 0.58 with 5 rounds, 0.0859 / 0.0778 = 1.10 with 6, and t(0.8) is 0.92.
    """
    summary = runs.summary(tmp_path / "run", runs.run(targets=TARGETS), SAMPLES)

    needed = {
        (row.kind, row.target): row.rounds_needed
        for row in summary.comparisons
        if row.metric == "rps" and row.kind != "best"
    }
    assert needed == {
        ("baseline", "sync_pooled"): None,
        ("parent", "sync_pooled"): None,
        ("baseline", "async_pooled"): None,
        ("baseline", "async_httpx"): 2,
        ("parent", "async_pooled"): 3,
    }


def test_what_50_rounds_would_not_decide_takes_51(tmp_path: Path) -> None:
    """The ratio is 1 and its SD is ln 2, for which the margin is far too small."""
    samples = [*powers("sync_requests", 0, 0, 0), *runs.rounds("async_httpx", 25.0, 50.0, 100.0)]

    compared = ratio_of(runs.summary(tmp_path / "run", runs.run(), samples), "async_httpx")

    assert (compared["verdict"], compared["rounds_needed"]) == ("inconclusive", 51)


def test_latencies_have_intervals_and_no_verdict(tmp_path: Path) -> None:
    """Means 0.375 over 0.375, 0.75 and 1.5 s: ratios 1, 1/2 and 1/4."""
    samples = [
        runs.sample("sync_requests", 1, 3.0),
        runs.sample("sync_requests", 2, 3.0, fast_s=0.5, slow_s=3.0),
        runs.sample("sync_requests", 3, 3.0, fast_s=1.0, slow_s=6.0),
        *runs.rounds("async_httpx", 100.0, 100.0, 100.0),
    ]
    summary = runs.summary(tmp_path / "run", runs.run(), samples)

    factor = math.exp(4.302652729911275 * math.log(2) / math.sqrt(3))
    for metric in ("latency_mean_s", "latency_p95_s"):
        compared = ratio_of(summary, "async_httpx", metric)
        assert compared["rounds"] == 3
        assert (compared["low"], compared["ratio"], compared["high"]) == pytest.approx(
            (0.5 / factor, 0.5, 0.5 * factor)
        )
        assert (compared["p_adjusted"], compared["verdict"]) == (None, None)
        assert (compared["rounds_needed"], compared["without_stalls"]) == (None, None)


def test_what_is_not_ranked_is_not_counted_in_the_adjustment(tmp_path: Path) -> None:
    samples = [
        *powers("sync_requests", 0, 0, 0),
        *powers("sync_pooled", 7, 8, 9),
        *runs.rounds("async_httpx", 50.0, 60.0, 70.0, rejected=1),
    ]

    summary = runs.summary(tmp_path / "run", runs.run(), samples)

    assert ratio_of(summary, "sync_pooled")["p_adjusted"] == pytest.approx(p_of(8))
    assert ratio_of(summary, "async_httpx") == {
        "kind": "baseline",
        "target": "async_httpx",
        "baseline": "sync_requests",
        "requests": 150,
        "concurrency": 30,
        "metric": "rps",
        "rounds": 0,
        "ratio": None,
        "low": None,
        "high": None,
        "p_adjusted": None,
        "adjusted_for": None,
        "verdict": None,
        "rounds_needed": None,
        "without_stalls": None,
    }


@pytest.mark.parametrize(
    ("margin", "verdicts"),
    [
        (0.1, {"async_httpx": "faster", "sync_pooled": "faster", "async_pooled": "equivalent"}),
        (
            0.5,
            {
                "async_httpx": "equivalent",
                "sync_pooled": "inconclusive",
                "async_pooled": "equivalent",
            },
        ),
    ],
)
def test_the_margin_decides_which_differences_matter(
    tmp_path: Path, margin: float, verdicts: dict[str, str]
) -> None:
    """1.1^2 and 1.1^4 with an SD of 2 %, and 1.1^0.25; 1.5 is 1.1^4.25 and 1.1 itself 1.1^1."""
    samples = [
        *powers("sync_requests", 0, 0, 0),
        *powers("async_httpx", 1.8, 2.0, 2.2),
        *powers("sync_pooled", 3.8, 4.0, 4.2),
        *powers("async_pooled", 0.15, 0.25, 0.35),
    ]

    summary = runs.summary(tmp_path / "run", runs.run(targets=TARGETS, margin=margin), samples)

    assert {name: ratio_of(summary, name)["verdict"] for name in verdicts} == verdicts
    assert summary.run.margin == margin


def _control(*exponents: float, level: str = "150/30") -> list[Sample]:
    return [
        *powers("sync_requests", 0, 0, 0, level=level),
        *powers("control", *exponents, level=level),
    ]


def _rps(summary: Summary, kind: str) -> list[Comparison]:
    return [row for row in summary.comparisons if (row.kind, row.metric) == (kind, "rps")]


def test_the_control_is_judged_at_each_level_and_its_p_counts_the_levels(tmp_path: Path) -> None:
    """Bonferroni over two levels; m / s is 2 at the first and 4 at the other."""
    samples = [*_control(1, 2, 3), *_control(3, 4, 5, level="300/50")]
    values = runs.run(targets=WITH_CONTROL, levels=["150/30", "300/50"])

    summary = runs.summary(tmp_path / "run", values, samples)

    first, second = _rps(summary, "control")
    assert (first.target, first.baseline) == ("control", "sync_requests")
    assert first.p_adjusted == pytest.approx(2 * p_of(2))
    assert second.p_adjusted == pytest.approx(2 * p_of(4)) == pytest.approx(0.0404082, abs=5e-8)
    assert (first.verdict, second.verdict) == ("inconclusive", "faster")


def test_an_adjusted_p_of_the_control_is_at_most_1(tmp_path: Path) -> None:
    """The mean is a quarter of the SD, so P is 0.70."""
    samples = [*_control(-3, 1, 5), *_control(-3, 1, 5, level="300/50")]
    values = runs.run(targets=WITH_CONTROL, levels=["150/30", "300/50"])

    summary = runs.summary(tmp_path / "run", values, samples)

    assert [row.p_adjusted for row in _rps(summary, "control")] == [1.0, 1.0]


def test_a_level_at_which_the_control_has_no_interval_is_not_counted(tmp_path: Path) -> None:
    samples = [*_control(1, 2, 3), *powers("control", 1, 2, 3, level="300/50")]
    values = runs.run(targets=WITH_CONTROL, levels=["150/30", "300/50"])

    summary = runs.summary(tmp_path / "run", values, samples)

    assert [row.p_adjusted for row in _rps(summary, "control")] == [
        pytest.approx(p_of(2)),
        None,
    ]


def test_the_control_changes_no_p_value_of_the_others(tmp_path: Path) -> None:
    without = runs.summary(tmp_path / "one", runs.run(targets=TARGETS), SAMPLES)
    samples = [*SAMPLES, *powers("control", 1, 2, 3)]

    summary = runs.summary(tmp_path / "other", runs.run(targets=WITH_CONTROL), samples)

    assert [row for row in summary.comparisons if row.kind != "control"] == without.comparisons
