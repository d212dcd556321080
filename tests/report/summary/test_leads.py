"""Who leads: the best of a level against every other, and what that allows to say."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lab.condition import Condition
from lab.files.sample import Sample
from lab.files.summary_json import Comparison, Lead, Summary, Verdict
from lab.level import Level
from report.statistics.interval import geometric
from report.statistics.verdict import adjust_family, judge
from report.summary.leads import lead, shown_verdict
from tests.support import runs, summaries
from tests.support.summaries import over

LARGE = Condition(Level(1000, 100))


def best(name: str, verdict: Verdict | None = "faster", **values: Any) -> Comparison:
    """`first` over another."""
    return over(
        "first", 2.0, None if verdict is None else (1.5, 2.5), verdict, baseline=name, kind="best",
        **values,
    )  # fmt: skip


def found(*comparisons: Comparison) -> Lead:
    return lead("first", LARGE, comparisons)


def tie(*tied: str, **values: Any) -> Lead:
    return summaries.lead("first", "no clear lead", tied=tied, **values)


def test_it_leads_only_if_told_apart_from_every_other() -> None:
    assert found(best("second"), best("third")) == summaries.lead("first", "leads")
    assert found(best("second"), best("third", "inconclusive")) == tie("third")


def test_with_what_is_equivalent_it_shares_the_lead() -> None:
    equal = best("second", "equivalent")

    assert found(equal, best("third")) == summaries.lead(
        "first", "shares the lead", equivalent=["second"]
    )
    assert found(equal, best("third", "inconclusive")) == tie("third", equivalent=["second"])


def test_what_was_faster_in_the_rounds_that_both_have_is_no_tie() -> None:
    """The best may have a round more than the other, in which the machine was faster."""
    assert found(best("second", "slower"), best("third")) == summaries.lead(
        "first", "no clear lead", ahead=["second"]
    )
    shown = over("first", 0.8, (0.7, 0.9), "slower", baseline="second")
    assert found(shown, best("second", "inconclusive")) == summaries.lead(
        "first", "no clear lead", ahead=["second"]
    )


def test_without_another_there_is_nothing_to_lead() -> None:
    assert found() == summaries.lead("first", "alone")


def test_one_round_tells_nothing() -> None:
    assert found(best("second", None), best("third", None)) == summaries.lead("first", "one round")


def test_one_round_with_some_of_the_others_tells_nothing_either() -> None:
    apart = over("first", None, baseline="third", kind="best")

    assert found(best("second", None), apart) == summaries.lead("first", "one round")


def test_what_is_shown_on_two_is_a_verdict_of_baseline_or_parent_either_way_round() -> None:
    there = over("second", 2.0, (1.5, 2.5), "faster", baseline="first", kind="parent")
    unknown = over("first", 2.0, baseline="second")

    assert shown_verdict("first", "second", [best("second")]) is None
    assert shown_verdict("first", "second", [unknown]) is None
    assert shown_verdict("first", "second", [unknown, best("second"), there]) == "slower"
    assert shown_verdict("second", "first", [there]) == "faster"


def test_what_shares_no_round_with_it_is_not_told_apart() -> None:
    apart = over("first", None, baseline="second", kind="best")

    assert found(apart) == found(apart, best("third")) == tie("second")


@pytest.mark.parametrize(
    ("shown", "together", "standing"),
    [
        (over("first", 2.0, (1.5, 2.5), "faster", baseline="second"), "faster", "leads"),
        (over("first", 2.0, (1.5, 2.5), "faster", baseline="second"), "inconclusive", "singly"),
        (over("first", 2.0, (1.5, 2.5), "inconclusive", baseline="second"), "faster", "tied"),
        (over("first", 1.0, (0.95, 1.05), "equivalent", baseline="second"), "faster", "equal"),
        (
            over("second", 0.5, (0.4, 0.6), "slower", baseline="first", kind="parent"),
            "inconclusive",
            "singly",
        ),
        (
            over("second", 0.5, (0.4, 0.6), "inconclusive", baseline="first", kind="parent"),
            "faster",
            "tied",
        ),
        (
            over("second", 0.5, (0.4, 0.6), "slower", baseline="first", level="150/30"),
            "inconclusive",
            "tied",
        ),
        (
            over("second", 0.5, (0.4, 0.6), "slower", baseline="first", metric="latency_mean_s"),
            "inconclusive",
            "tied",
        ),
        (over("second", 0.5, (0.4, 0.6), "slower", baseline="third"), "inconclusive", "tied"),
        (over("first", 2.0, (1.5, 2.5), baseline="second"), "faster", "leads"),
    ],
    ids=[
        "both", "that of the two alone", "not that of the two", "equivalent, as the two are",
        "the other way round", "not that of the two, the other way round", "another level",
        "of latency", "of others", "not judged",
    ],
)  # fmt: skip
def test_it_never_contradicts_the_verdict_that_is_shown_on_the_same_two(
    shown: Comparison, together: Verdict, standing: str
) -> None:
    expected = {
        "leads": summaries.lead("first"),
        "singly": summaries.lead("first", "likely leads", singly=["second"]),
        "equal": summaries.lead("first", "shares the lead", equivalent=["second"]),
        "tied": tie("second"),
    }

    assert found(shown, best("second", together), best("third")) == expected[standing]


def test_with_a_tie_what_is_told_apart_singly_is_no_part_of_it() -> None:
    shown = over("first", 2.0, (1.5, 2.5), "faster", baseline="second")

    assert found(shown, best("second", "inconclusive"), best("third", "inconclusive")) == tie(
        "third", singly=["second"]
    )


# Below: of real samples. Three rounds whose log ratios are m - s, m, m + s: see test_comparison.
def powers(target: str, *exponents: float, level: str = "150/30") -> list[Sample]:
    return runs.rounds(target, *(50 * 1.1**each for each in exponents), level=level)


def p_of(steps: float) -> float:
    """P where the mean log ratio is `steps` times its SD."""
    return 1 - math.sqrt(3 * steps**2 / (3 * steps**2 + 2))


TARGETS = {
    **runs.TARGETS,
    "async_pooled": {"title": "One client", "parent": "async_httpx", "change": "one client"},
}
WITH_OTHERS = {**TARGETS, "control": runs.CONTROL, "nginx": runs.NGINX}

# The best is async_httpx. Over the others its mean log ratio is 12, 8 and 2 times its SD.
SAMPLES = [
    *powers("async_httpx", 20, 20, 20),
    *powers("sync_requests", 7, 8, 9),
    *powers("sync_pooled", 11, 12, 13),
    *powers("async_pooled", 17, 18, 19),
]


def of_best(whole: Summary, level: str = "150/30") -> list[Comparison]:
    return [each for each in whole.comparisons if (each.kind, str(each.at)) == ("best", level)]


def test_the_best_is_compared_with_every_ranked_target_at_its_level(tmp_path: Path) -> None:
    """Not with the control and nginx, though these served more."""
    samples = [
        *SAMPLES,
        *powers("control", 30, 30, 30),
        *powers("nginx", 30, 30, 30),
        *powers("sync_requests", 7, 8, 9, level="300/50"),
        *powers("sync_pooled", 11, 12, 13, level="300/50"),
    ]
    values = runs.run(targets=WITH_OTHERS, levels=["150/30", "300/50"])

    whole = runs.summary(tmp_path / "run", values, samples)

    assert [(each.target, each.baseline) for each in of_best(whole)] == [
        ("async_httpx", "async_pooled"),
        ("async_httpx", "sync_pooled"),
        ("async_httpx", "sync_requests"),
    ]
    assert [(each.target, each.baseline) for each in of_best(whole, "300/50")] == [
        ("sync_pooled", "sync_requests")
    ]
    assert {each.metric for each in of_best(whole)} == {"rps"}


def test_it_is_paired_and_its_p_values_are_adjusted_for_those_at_the_level(tmp_path: Path) -> None:
    """Holm: the smallest P counts 3 times, the next twice, and none less than one before it."""
    whole = runs.summary(tmp_path / "run", runs.run(targets=TARGETS), SAMPLES)

    adjusted = {each.baseline: each.p_adjusted for each in of_best(whole)}
    assert adjusted == {
        "sync_requests": pytest.approx(3 * p_of(12)),
        "sync_pooled": pytest.approx(2 * p_of(8)),
        "async_pooled": pytest.approx(p_of(2)),
    }
    assert {each.adjusted_for for each in of_best(whole)} == {3}
    assert [each.ratio for each in of_best(whole)] == pytest.approx([1.1**2, 1.1**8, 1.1**12])
    assert [each.verdict for each in of_best(whole)] == ["inconclusive", "faster", "faster"]
    assert whole.leads == [
        summaries.lead("async_httpx", "no clear lead", tied=["async_pooled"], level="150/30")
    ]


def test_each_level_is_adjusted_by_itself(tmp_path: Path) -> None:
    samples = [
        *SAMPLES,
        *powers("async_httpx", 20, 20, 20, level="300/50"),
        *powers("sync_requests", 17, 18, 19, level="300/50"),
    ]
    values = runs.run(targets=TARGETS, levels=["150/30", "300/50"])

    whole = runs.summary(tmp_path / "run", values, samples)

    assert [each.p_adjusted for each in of_best(whole, "300/50")] == [pytest.approx(p_of(2))]
    assert {each.adjusted_for for each in of_best(whole)} == {3}


def test_what_is_not_ranked_is_no_rival(tmp_path: Path) -> None:
    samples = [
        *powers("sync_requests", 0, 0, 0),
        *powers("sync_pooled", 7, 8, 9),
        *runs.rounds("async_httpx", 500.0, 60.0, 70.0, rejected=1),
    ]

    whole = runs.summary(tmp_path / "run", runs.run(), samples)

    assert [(each.target, each.baseline) for each in of_best(whole)] == [
        ("sync_pooled", "sync_requests")
    ]
    assert of_best(whole)[0].p_adjusted == pytest.approx(p_of(8))
    assert whole.leads == [summaries.lead("sync_pooled", level="150/30")]


def test_the_best_changes_no_p_value_of_the_others(tmp_path: Path) -> None:
    """Benjamini and Hochberg over the three to the baseline and the one to another parent."""
    whole = runs.summary(tmp_path / "run", runs.run(targets=TARGETS), SAMPLES)

    counts = {(each.kind, each.adjusted_for) for each in whole.comparisons if each.metric == "rps"}
    assert counts == {("baseline", 4), ("parent", 4), ("best", 3)}


def test_a_level_at_which_nothing_is_ranked_has_no_lead(tmp_path: Path) -> None:
    whole = runs.summary(tmp_path / "run", runs.run(levels=["150/30", "300/50"]), SAMPLES[:3])

    assert whole.leads == [summaries.lead("async_httpx", "alone", level="150/30")]


@pytest.mark.parametrize(
    ("exponents", "verdict"),
    [
        ((17, 18, 19), "inconclusive"),
        ((11, 12, 13), "faster"),
        ((19.9, 20, 19.9), "equivalent"),
        ((17,), None),
    ],
    ids=["a tie", "told apart", "equivalent", "one round"],
)
def test_sync_or_async_says_what_who_leads_says(
    tmp_path: Path, exponents: tuple[float, ...], verdict: str | None
) -> None:
    targets = {name: {**it, "tags": [name.partition("_")[0]]} for name, it in TARGETS.items()}
    samples = [
        *powers("sync_requests", *[8] * len(exponents)),
        *powers("sync_pooled", *exponents),
        *powers("async_httpx", *[20] * len(exponents)),
    ]

    (both,) = runs.summary(tmp_path / "run", runs.run(targets=targets), samples).sync_or_async

    assert (both.target, both.next) == ("async_httpx", "sync_pooled")
    assert both.verdict == verdict


@pytest.mark.parametrize(("targets", "rounds"), [(2, 3), (3, 3), (5, 3), (5, 6), (12, 3)])
def test_of_equal_targets_one_is_said_to_lead_in_at_most_one_run_of_twenty(
    targets: int, rounds: int
) -> None:
    """Of 1,000 simulated runs; 50 would be 5 %, and 68 is what luck makes of that at most.

    The best is chosen from the figures, so its ratios are high by luck: without an adjustment the
    second of two that are equal would still be told apart too often among many.
    """
    draws = np.random.default_rng(targets * 100 + rounds)
    led = 0
    for _ in range(1000):
        logs = draws.normal(0.0, 0.2, (targets, rounds))
        best = int(logs.mean(axis=1).argmax())
        ratios = [
            geometric(np.exp(logs[best] - logs[other]).tolist())
            for other in range(targets)
            if other != best
        ]
        ps = adjust_family([ratio.p for ratio in ratios if ratio.p is not None])
        verdicts = {judge(ratio, p, margin=0.1) for ratio, p in zip(ratios, ps, strict=True)}
        led += verdicts == {"faster"}

    assert led <= 68


@pytest.mark.parametrize(
    ("shown", "verdict"), [(True, "equivalent"), (False, None)], ids=["child and parent", "no kin"]
)
def test_of_two_that_are_both_not_the_best_sync_or_async_says_what_else_is_said_of_them(
    tmp_path: Path, *, shown: bool, verdict: str | None
) -> None:
    """The best calls the API three times a request, so it is neither."""
    others: dict[str, dict[str, Any]] = {
        "sync_pooled": {"parent": "async_httpx" if shown else None, "tags": ["sync"]},
        "async_httpx": {"parent": None, "tags": ["async"]},
        "own": {"parent": None, "tags": ["sync"], "upstream_calls": 3},
    }
    plain = runs.TARGETS["sync_requests"]
    targets = {name: {**plain, "change": "it", **it} for name, it in others.items()}
    samples = [
        *powers("own", 30, 30, 30),
        *powers("sync_pooled", 9, 9.1, 9),
        *powers("async_httpx", 9, 9, 9.1),
    ]
    values = runs.run(targets=targets, baseline="own")

    (both,) = runs.summary(tmp_path / "run", values, samples).sync_or_async

    assert {both.target, both.next} == {"sync_pooled", "async_httpx"}
    assert both.verdict == verdict
