"""The upstream's latencies: repeatable, new in every round, and of the shape they claim."""

import math
import statistics
from itertools import islice

import msgspec
import pytest

from bench.upstream.draws import latencies_s, sequence_key
from lab.condition import Condition, Terms
from lab.latency import Latency, Lognormal
from lab.level import Level

ARTICLE = Latency(lognormal=Lognormal(median_ms=360, sigma=0.6))


def first(count: int, latency: Latency, key: str) -> list[float]:
    return list(islice(latencies_s(latency, key), count))


def test_a_fixed_latency_is_the_same_for_every_call_in_seconds() -> None:
    assert first(3, Latency(fixed_ms=100), "any") == [0.1, 0.1, 0.1]
    assert first(2, Latency(fixed_ms=0), "any") == [0.0, 0.0]


def test_a_key_stands_for_the_same_sequence_on_every_machine() -> None:
    """To 12 digits: the last ones are the C library's."""
    expected = [0.2697871319106488, 0.38061657811776745, 0.16795457349230825]
    assert first(3, ARTICLE, "1/1/150/30") == pytest.approx(expected, rel=1e-12)


def test_a_key_gives_the_same_sequence_again_and_another_key_another() -> None:
    sequence = first(100, ARTICLE, "1/1/150/30")
    assert sequence == first(100, ARTICLE, "1/1/150/30")
    for other in ("1/2/150/30", "2/1/150/30", "1/1/300/50", "1/1/warm-up"):
        assert not set(sequence) & set(first(100, ARTICLE, other))


def test_a_key_holds_seed_round_and_condition_and_no_target() -> None:
    assert sequence_key(7, 2, Condition(Level(150, 30))) == "7/2/150/30"
    slow = Condition(Level(150, 30), Terms(latency=Latency(fixed_ms=50)))
    assert sequence_key(7, 2, slow, 2) == "7/2/150/30-50ms/2"
    assert sequence_key(7, 2, None) == "7/2/warm-up"


def test_a_lognormal_has_the_median_and_spread_it_names() -> None:
    drawn = first(20_000, ARTICLE, "1/1/1000/100")
    assert statistics.median(drawn) == pytest.approx(0.36, rel=0.02)
    assert statistics.stdev(map(math.log, drawn)) == pytest.approx(0.6, rel=0.02)


def test_a_lognormal_without_spread_is_fixed() -> None:
    drawn = first(10, Latency(lognormal=Lognormal(median_ms=250, sigma=0)), "any")
    assert drawn == pytest.approx([0.25] * 10, rel=1e-12)


@pytest.mark.parametrize(
    ("latency", "text", "json"),
    [
        (Latency(fixed_ms=100.0), "fixed 100 ms", {"fixed_ms": 100.0}),
        (Latency(fixed_ms=2.5), "fixed 2.5 ms", {"fixed_ms": 2.5}),
        (
            Latency(lognormal=Lognormal(360.0, 0.6)),
            "lognormal, median 360 ms, sigma 0.6",
            {"lognormal": {"median_ms": 360.0, "sigma": 0.6}},
        ),
    ],
)
def test_a_latency_reads_as_it_is_said_and_as_a_profile_writes_it(
    latency: Latency, text: str, json: dict[str, object]
) -> None:
    assert text == str(latency)
    assert json == msgspec.to_builtins(latency)


@pytest.mark.parametrize(
    "text",
    [
        '{"fixed_ms": 0}',
        '{"fixed_ms": 5000}',
        '{"lognormal": {"median_ms": 0.1, "sigma": 0}}',
        '{"lognormal": {"median_ms": 5000, "sigma": 2}}',
    ],
)
def test_latencies_up_to_five_seconds_and_a_sigma_of_two_are_read(text: str) -> None:
    latency = msgspec.json.decode(text, type=Latency)
    assert msgspec.to_builtins(latency) == msgspec.json.decode(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"fixed_ms": -0.5}', "Expected `float` >= 0.0 - at `$.fixed_ms`"),
        ('{"fixed_ms": 5000.5}', "Expected `float` <= 5000.0 - at `$.fixed_ms`"),
        (
            '{"lognormal": {"median_ms": 0.09, "sigma": 1}}',
            "Expected `float` >= 0.1 - at `$.lognormal.median_ms`",
        ),
        (
            '{"lognormal": {"median_ms": 5000.5, "sigma": 1}}',
            "Expected `float` <= 5000.0 - at `$.lognormal.median_ms`",
        ),
        (
            '{"lognormal": {"median_ms": 1, "sigma": -0.5}}',
            "Expected `float` >= 0.0 - at `$.lognormal.sigma`",
        ),
        (
            '{"lognormal": {"median_ms": 1, "sigma": 2.5}}',
            "Expected `float` <= 2.0 - at `$.lognormal.sigma`",
        ),
        ("{}", "a latency is one of fixed_ms and lognormal"),
        (
            '{"fixed_ms": 1, "lognormal": {"median_ms": 1, "sigma": 1}}',
            "a latency is one of fixed_ms and lognormal",
        ),
    ],
)
def test_longer_and_wider_ones_are_refused_and_both_and_neither(text: str, message: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(text, type=Latency)
    assert str(caught.value) == message
