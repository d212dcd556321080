"""Findings about requests, calls and blocks that are not what they should be."""

from dataclasses import replace
from typing import Any, Literal

import pytest

from lab.condition import Condition, Terms
from lab.files.sample import Doubt, Expected
from lab.files.summary_json import Finding
from lab.level import Level
from report.findings import find
from report.samples.measured import Measured, measure
from tests.report.findings.test_findings import SOUND, cell, message
from tests.support.runs import sample


def test_failed_requests_are_counted_over_all_rounds() -> None:
    failing = replace(SOUND, errors=2, failure="EOF")

    text = message(cell(failing, SOUND, replace(SOUND, errors=10, failure="status 503")), "errors")

    assert text == (
        "12 of 450 requests failed. It happened in rounds 1 and 3, most often with: status 503. "
        "A server that fails requests has less to do, so figures say nothing; look into its log."
    )


LOOK = "The target does not do under load what it did when it was checked; look into its log."


def doubtful(calls: int, each: int = 1) -> Measured:
    """A sample whose upstream counted `calls` of 150, and whose doubts are bench's own."""
    of = sample("sync_requests", 1, 3.0)
    assert of.upstream is not None
    seen = replace(of.upstream, calls=calls)
    measured = measure(replace(of, upstream=seen, expected=Expected(each, 73)))
    kept = ("doubts", "upstream_calls", "expected_upstream_calls")
    values: dict[str, Any] = {name: getattr(measured, name) for name in kept}
    return replace(SOUND, **values)


@pytest.mark.parametrize(
    ("calls", "why"),
    [
        (149, "A cache answers in its place?"),
        (151, "It calls more than once, or retries."),
    ],
)
def test_calls_that_disagree_are_explained(calls: int, why: str) -> None:
    assert message(cell(SOUND, doubtful(calls)), "counts_disagree") == (
        f"Round 2: The upstream counted {calls} calls where 150 requests should make 150. {why} "
        f"The target does not do under load what it did when it was checked; look into its log."
    )


@pytest.mark.parametrize(
    ("each", "calls", "why"),
    [
        (0, 1, "It does call it."),
        (3, 451, "It calls more than 3 times, or retries."),
        (3, 449, "A cache answers in its place?"),
    ],
)
def test_calls_of_targets_that_make_none_or_several_are_explained(
    each: int, calls: int, why: str
) -> None:
    said = message(cell(SOUND, doubtful(calls, each)), "counts_disagree")
    assert f" {calls} calls where 150 requests should make {150 * each}. {why} The" in said


def test_calls_that_agree_raise_no_doubt() -> None:
    assert find(cell(doubtful(150))) == []


def test_answers_of_another_length_are_a_finding() -> None:
    of = replace(sample("sync_requests", 1, 3.0), body_bytes=1, expected=Expected(1, 73))

    text = message(cell(replace(SOUND, doubts=measure(of).doubts)), "counts_disagree")

    assert text == (
        "Round 1: 1 bytes were answered where 150 answers like the checked one have 10950. "
        "The target does not do under load what it did when it was checked; look into its log."
    )


def test_a_load_that_hey_did_not_finish_is_a_finding() -> None:
    of = replace(sample("sync_requests", 1, 3.0), sent=120)

    text = message(cell(replace(SOUND, doubts=measure(of).doubts)), "counts_disagree")

    assert text == (
        "Round 1: hey sent 120 of 150 requests. "
        "That is another load than this level's; measure again."
    )


def test_each_doubt_is_a_finding_of_its_own() -> None:
    doubts = cell(
        SOUND,
        replace(SOUND, doubts=(Doubt("sent", "One."), Doubt("bytes", "Two."))),
        replace(SOUND, doubts=(Doubt("calls", "Three."),)),
    )

    assert [finding.message[:14] for finding in find(doubts)] == [
        "Round 2: One. ",
        "Round 2: Two. ",
        "Round 3: Three",
    ]


def test_a_failed_block_is_a_finding_without_a_sample() -> None:
    failed = cell(block_errors=[(2, "It died."), (3, "It died again.")])

    assert find(failed) == [
        Finding("block_failed", "unranked", "Round 2: It died."),
        Finding("block_failed", "unranked", "Round 3: It died again."),
    ]


def test_a_block_that_failed_before_it_was_measured_again_is_told_and_keeps_its_rank() -> None:
    again = cell(SOUND, earlier_errors=[(2, "It died."), (2, "It died again.")])

    assert find(again) == [
        Finding(
            "measured_again",
            "warn",
            "Round 2 failed at first, and was measured again. The reason: It died.",
        ),
        Finding(
            "measured_again",
            "warn",
            "Round 2 failed at first, and was measured again. The reason: It died again.",
        ),
    ]
    assert find(cell(SOUND)) == []


def test_more_requests_than_hey_keeps_are_a_finding_instead_of_counts_that_disagree() -> None:
    at = Condition(Level(1_000_100, 100))
    doubted = replace(SOUND, at=at, doubts=(Doubt("sent", "hey sent 1000000."),))

    assert find(cell(doubted, at=at)) == [
        Finding(
            "hey_limit",
            "unranked",
            "A sample has 1,000,100 requests, and hey keeps the times of 1,000,000 at the most: "
            "the rest is in no figure. Take fewer requests and more rounds.",
        )
    ]


@pytest.mark.parametrize(
    ("kind", "advice"),
    [
        ("sent", "That is another load than this level's; measure again."),
        ("calls", f"It calls more than once, or retries. {LOOK}"),
        ("bytes", LOOK),
    ],
)
def test_what_to_do_follows_the_kind_of_a_doubt_and_not_its_text(
    kind: Literal["sent", "calls", "bytes"], advice: str
) -> None:
    doubted = replace(SOUND, upstream_calls=151, doubts=(Doubt(kind, "Hm."),))

    assert message(cell(doubted), "counts_disagree") == f"Round 1: Hm. {advice}"


def test_an_engine_that_keeps_every_time_has_no_limit_and_a_name_of_its_own() -> None:
    at = Condition(Level(1_000_100, 100), Terms(engine="other"))
    other = replace(SOUND, at=at, doubts=(Doubt("sent", "other sent 5."),))

    (found,) = find(cell(other, at=at))

    assert (found.code, found.message) == (
        "counts_disagree",
        "Round 1: other sent 5. That is another load than this level's; measure again.",
    )


def test_as_many_requests_as_hey_keeps_are_no_finding() -> None:
    at = Condition(Level(1_000_000, 100))

    assert find(cell(replace(SOUND, at=at), at=at)) == []
