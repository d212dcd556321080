"""Profiles: the two that are shipped, those of a user, and what is refused in them."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from bench.plan.profile import load_profile, parse_profile
from bench.target.table import Table
from lab.errors import UsageError
from lab.files import json_text
from lab.files.profile import Profile
from lab.latency import Latency, Lognormal
from lab.level import Level
from lab.paths import PROFILES

LEVELS = (Level(150, 30), Level(300, 50), Level(1000, 100))
ARTICLE = Latency(lognormal=Lognormal(360.0, 0.6))
UPSTREAM = "[upstream]\nlatency = { fixed_ms = 100 }\n"
LOAD = "[load]\nlevels = ['150/30']\n"


def parse(text: str) -> Profile:
    return parse_profile("mine", Table(tomllib.loads(text), "mine.toml", ""))


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(UsageError) as caught:
        call()
    assert caught.type is UsageError
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_the_default_profile_always_takes_100_ms() -> None:
    assert load_profile("steady") == Profile(
        "steady", Latency(fixed_ms=100.0), "certifi", LEVELS, 5, source="steady", minutes=7.5
    )


def test_the_articles_profile_is_the_lognormal_that_fits_its_figures() -> None:
    expected = Profile("article", ARTICLE, "certifi", LEVELS, 5, source="article", minutes=7.5)
    assert expected == load_profile("article")


def test_every_profile_of_the_repository_can_be_read() -> None:
    names = sorted(path.stem for path in PROFILES.glob("*.toml"))
    assert {"article", "steady"} <= set(names)
    assert names == [load_profile(name).name for name in names]


def test_a_profile_says_in_json_what_its_file_said() -> None:
    assert json_text.builtins(load_profile("article")) == {
        "name": "article",
        "latency": {"lognormal": {"median_ms": 360.0, "sigma": 0.6}},
        "trust": "certifi",
        "levels": ("150/30", "300/50", "1000/100"),
        "rounds": 5,
        "repeats": {},
        "source": "article",
        "minutes": 7.5,
    }


def test_a_profile_reads_in_json_as_it_was_written() -> None:
    profile = load_profile("article")
    assert json_text.decode(json_text.encode(profile), Profile) == profile


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("rounds", 0, "Expected `int` >= 1 - at `$.rounds`"),
        ("levels", [], "Expected `array` of length >= 1 - at `$.levels`"),
        (
            "levels",
            ["150/0"],
            "level '150/0': requests and concurrency are 1 or more. - at `$.levels[0]`",
        ),
        ("levels", ["150/30", "150/30"], "a level is in it twice"),
        ("repeats", {"150/30": 101}, "Expected `int` <= 100 - at `$.repeats[...]`"),
        ("minutes", 0.05, "Expected `float` >= 0.1 - at `$.minutes`"),
        ("repeats", {"150/30": 2}, "it has both 'minutes' and 'repeats'"),
        ("latency", {"fixed_ms": 5001}, "Expected `float` <= 5000.0 - at `$.latency.fixed_ms`"),
        ("latency", {}, "a latency is one of fixed_ms and lognormal - at `$.latency`"),
        ("trust", "nobody", "Invalid enum value 'nobody' - at `$.trust`"),
    ],
)
def test_what_a_profile_cannot_be_in_toml_it_cannot_be_in_json(
    key: str, value: object, message: str
) -> None:
    values = {**json_text.builtins(load_profile("article")), key: value}

    with pytest.raises(msgspec.ValidationError) as caught:
        json_text.convert(values, Profile)

    assert str(caught.value) == message


def test_a_profile_in_json_repeats_levels_of_its_own_alone() -> None:
    values = {**json_text.builtins(parse(UPSTREAM + LOAD)), "repeats": {"30/30": 2}}
    with pytest.raises(msgspec.ValidationError, match=r"^it repeats what is none of its levels$"):
        json_text.convert(values, Profile)


def test_trust_and_rounds_have_defaults() -> None:
    expected = Profile("mine", Latency(fixed_ms=100.0), "certifi", (Level(150, 30),), 3)
    assert expected == parse(UPSTREAM + LOAD)


def test_everything_in_a_profile_can_be_given() -> None:
    text = """
    [upstream]
    latency = { lognormal = { median_ms = 20, sigma = 0 } }
    trust = "lab"
    [load]
    levels = ["40/10", "20/20"]
    rounds = 7
    repeats = { "40/10" = 4 }
    """
    levels = (Level(40, 10), Level(20, 20))
    expected = Profile(
        "mine", Latency(lognormal=Lognormal(20.0, 0.0)), "lab", levels, 7, {Level(40, 10): 4}
    )
    assert expected == parse(text)


def test_a_level_may_be_loaded_once_in_so_many_words() -> None:
    once = parse(UPSTREAM + LOAD + "repeats = { '150/30' = 1 }\n")
    assert once.repeats == {Level(150, 30): 1}


def test_a_file_of_the_users_is_a_profile_named_like_the_file(tmp_path: Path) -> None:
    path = tmp_path / "slow.toml"
    path.write_text(UPSTREAM + LOAD)
    expected = Profile(
        "slow", Latency(fixed_ms=100.0), "certifi", (Level(150, 30),), 3, source=str(path)
    )
    assert expected == load_profile(str(path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'upstream' is missing."),
        (UPSTREAM, "'load' is missing."),
        ("load = 3\n" + UPSTREAM, "'load' in the file must be a table, not 3."),
        (UPSTREAM + "[load]\n", "'levels' is missing in [load]."),
        ("[upstream]\n" + LOAD, "'latency' is missing in [upstream]."),
        (
            UPSTREAM + LOAD + "[network]\n",
            "unknown key 'network' in the file. Known keys: upstream, load.",
        ),
        (
            UPSTREAM + "trsut = 'lab'\n" + LOAD,
            "unknown key 'trsut' in [upstream]. Did you mean 'trust'?",
        ),
        (
            UPSTREAM + LOAD + "round = 3\n",
            "unknown key 'round' in [load]. Did you mean 'rounds'?",
        ),
        (
            UPSTREAM + "trust = 'system'\n" + LOAD,
            (
                "'trust' in [upstream] must be 'certifi' (its bundle and the lab's CA) "
                "or 'lab' (the lab's CA alone), not 'system'."
            ),
        ),
        (
            UPSTREAM + "trust = false\n" + LOAD,
            "'trust' in [upstream] must be a line of text, not False.",
        ),
        (
            UPSTREAM + LOAD + "rounds = 0\n",
            "'rounds' in [load] must be a whole number, 1 or more, not 0.",
        ),
        (
            UPSTREAM + LOAD + "rounds = 10001\n",
            "'rounds' in [load] must be a whole number, 10000 at the most, not 10001.",
        ),
        (
            UPSTREAM + LOAD + "repeats = { '150/30' = 0 }\n",
            "'150/30' in [load.repeats] must be a whole number, 1 or more, not 0.",
        ),
        (
            UPSTREAM + LOAD + "repeats = { '150/30' = 101 }\n",
            "'150/30' in [load.repeats] must be a whole number, 100 at the most, not 101.",
        ),
        (
            UPSTREAM + LOAD + "minutes = 0\n",
            "'minutes' in [load] must be a number from 0.1 to 10000, not 0.",
        ),
        (
            UPSTREAM + LOAD + "minutes = 5\nrepeats = { '150/30' = 2 }\n",
            (
                "[load] takes one of 'repeats' and 'minutes': with 'minutes' the run plans itself "
                "what is loaded again."
            ),
        ),
        (
            UPSTREAM + "[load]\nlevels = []\n",
            (
                "'levels' in [load]: no level given. "
                "A level is requests/concurrency, for example 1000/100."
            ),
        ),
        (
            UPSTREAM + "[load]\nlevels = ['30/150']\n",
            (
                "'levels' in [load]: level '30/150': 30 requests cannot keep 150 connections busy. "
                "Did you mean 150/30?"
            ),
        ),
        (
            UPSTREAM + "[load]\nlevels = '150/30'\n",
            "'levels' in [load] must be a list of texts, not '150/30'.",
        ),
    ],
)
def test_what_is_wrong_in_a_profile_is_named_with_its_place(text: str, message: str) -> None:
    assert refusal(lambda: parse(text)) == f"mine.toml: {message}"


@pytest.mark.parametrize(
    ("latency", "message"),
    [
        ("100", "'latency' in [upstream] must be a table, not 100."),
        ("{}", "[upstream.latency] takes one of 'fixed_ms' and 'lognormal'."),
        (
            "{ fixed_ms = 1, lognormal = { median_ms = 1, sigma = 1 } }",
            "[upstream.latency] takes one of 'fixed_ms' and 'lognormal'.",
        ),
        (
            "{ fixed = 100 }",
            "unknown key 'fixed' in [upstream.latency]. Did you mean 'fixed_ms'?",
        ),
        (
            "{ fixed_ms = -1 }",
            "'fixed_ms' in [upstream.latency] must be a number from 0 to 5000, not -1.",
        ),
        (
            "{ fixed_ms = nan }",
            "'fixed_ms' in [upstream.latency] must be a number from 0 to 5000, not nan.",
        ),
        (
            "{ lognormal = { median_ms = 360 } }",
            "'sigma' is missing in [upstream.latency.lognormal].",
        ),
        (
            "{ lognormal = { median_ms = 0, sigma = 1 } }",
            (
                "'median_ms' in [upstream.latency.lognormal] must be a number "
                "from 0.1 to 5000, not 0."
            ),
        ),
        (
            "{ lognormal = { median_ms = 360, sigma = 2.5 } }",
            "'sigma' in [upstream.latency.lognormal] must be a number from 0 to 2, not 2.5.",
        ),
    ],
)
def test_a_latency_that_makes_no_sense_is_refused(latency: str, message: str) -> None:
    text = f"[upstream]\nlatency = {latency}\n{LOAD}"
    assert refusal(lambda: parse(text)) == f"mine.toml: {message}"


def test_a_misspelt_profile_is_offered_the_one_that_was_meant() -> None:
    expected = "--profile 'stedy' is neither a profile nor a TOML file. Did you mean 'steady'?"
    assert expected == refusal(lambda: load_profile("stedy"))


@pytest.mark.parametrize("name", ["", ".", "no/such.toml", "x" * 300], ids=len)
def test_what_is_neither_a_profile_nor_a_file_is_refused_with_the_profiles(name: str) -> None:
    message = refusal(lambda: load_profile(name))
    start = f"--profile {name!r} is neither a profile nor a TOML file. Profiles: "
    assert message.startswith(start)
    assert {"article", "steady"} <= set(message.removeprefix(start).rstrip(".").split(", "))
