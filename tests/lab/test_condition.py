"""Conditions: how they are said, written, ordered and told apart."""

import msgspec
import pytest

from lab.condition import USUAL, Condition, Terms
from lab.files import json_text
from lab.latency import Latency, Lognormal
from lab.level import Level

SMALL = Level(150, 30)
EVERYTHING = "3 calls a request, new connections, behind nginx, at 12.5 a second, loaded by locust"


@pytest.mark.parametrize(
    ("terms", "said", "slug", "written"),
    [
        (Terms(), "150/30", "150x30", "150/30"),
        (
            Terms(latency=Latency(fixed_ms=50)),
            "150/30, upstream fixed 50 ms",
            "150x30-50ms",
            {"level": "150/30", "latency": {"fixed_ms": 50.0}},
        ),
        (
            Terms(latency=Latency(lognormal=Lognormal(360, 0.6))),
            "150/30, upstream lognormal, median 360 ms, sigma 0.6",
            "150x30-360ms-sigma0.6",
            {"level": "150/30", "latency": {"lognormal": {"median_ms": 360.0, "sigma": 0.6}}},
        ),
        (
            Terms(calls=3, connections="new", front="nginx", rate_rps=12.5, engine="locust"),
            f"150/30, {EVERYTHING}",
            "150x30-3calls-new-nginx-12.5rps-locust",
            {
                "level": "150/30",
                "calls": 3,
                "connections": "new",
                "front": "nginx",
                "rate_rps": 12.5,
                "engine": "locust",
            },
        ),
    ],
)
def test_a_condition_says_what_is_not_as_usual(
    terms: Terms, said: str, slug: str, written: object
) -> None:
    condition = Condition(SMALL, terms)

    assert (str(condition), condition.slug) == (said, slug)
    assert json_text.builtins(condition) == written
    assert json_text.decode(json_text.encode(condition), Condition) == condition


def test_a_condition_whose_terms_are_given_as_usual_is_that_of_its_level() -> None:
    text = b'{"level": "150/30", "connections": "kept", "engine": "hey", "latency": null}'
    condition = json_text.decode(text, Condition)

    assert condition == Condition(SMALL)
    assert condition.terms == USUAL
    assert json_text.encode(condition) == b'"150/30"'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b'{"level": "150/30", "moon": "full"}', "Object contains unknown field `moon`"),
        (b'{"level": "150/30", "rate_rps": 0}', "Expected `float` > 0.0 - at `$.rate_rps`"),
        (b'{"level": "150/30", "calls": -1}', "Expected `int` >= 0 - at `$.calls`"),
        (b'{"level": "150/30", "engine": ""}', "Expected `str` of length >= 1 - at `$.engine`"),
        (b'{"connections": "new"}', "'None' is no level. "),
        (b"7", "no condition: 7"),
    ],
)
def test_what_is_no_condition_is_refused(text: bytes, message: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        json_text.decode(text, Condition)
    assert str(caught.value).startswith(message)


def test_the_least_of_everything_is_a_condition() -> None:
    text = b'{"level": "150/30", "calls": 0, "rate_rps": 0.5, "engine": "k"}'

    assert json_text.decode(text, Condition) == Condition(
        SMALL, Terms(calls=0, rate_rps=0.5, engine="k")
    )


def test_conditions_are_ordered_by_level_and_equal_by_value() -> None:
    slow = Terms(latency=Latency(fixed_ms=50))
    ordered = [Condition(SMALL), Condition(SMALL, slow), Condition(Level(300, 50))]

    assert sorted({*ordered}) == ordered
    assert not ordered[0] < Condition(SMALL)
    assert len({*ordered, Condition(SMALL, Terms(latency=Latency(fixed_ms=50)))}) == 3
