"""Findings: where each appears, where it just does not, and what it says."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from lab.condition import Condition
from lab.files.sample import Doubt
from lab.files.summary_json import Finding, Severity
from lab.level import Level
from lab.paths import ROOT
from report.findings import RULES, Evidence, find
from report.findings.finding import in_rounds, ms, percent
from report.samples.measured import Measured, Share, measure
from tests.support.runs import as_json, sample

# Nothing is wrong with it.
SOUND = replace(
    measure(sample("sync_requests", 1, 3.0)),
    level_position=2,
    latency_median_s=0.25,
    latency_p95_s=0.375,
    expected_upstream_calls=1,
    full_s=2.5,
    tail_share=0.125,
    longest_gap_s=0.125,
    longest_latency_s=0.5,
    in_flight=1.0,
    asked_max_s=0.1,
    cores=2,
)

SHORT = (Doubt("sent", "hey sent 1."),)
UNEVEN = (
    "One worker used up to 2.90 times the CPU of the average worker in round 2: connections landed "
    "unevenly."
)
QUIETER = (
    "The target had less CPU than it seems; close other programs, or measure again at a quieter "
    "time."
)


def cell(*rounds: Measured, **values: Any) -> Evidence:
    """That of a cell of pinned processes, whose samples are from rounds 1, 2 and so on."""
    numbered = [replace(each, round=number) for number, each in enumerate(rounds, start=1)]
    sound = Evidence(
        target="sync_requests",
        at=Condition(Level(150, 30)),
        rounds=numbered,
        of_target=numbered,
        block_errors=(),
        earlier_errors=(),
        serve="gunicorn project.wsgi:application --bind {host}:{port}",
        versions={"django": "5.2.19"},
        pinned=True,
        cores=2,
        lab_upstream=True,
    )
    return replace(sound, **values)


def found(of: Evidence) -> list[tuple[str, Severity]]:
    return [(finding.code, finding.severity) for finding in find(of)]


def message(of: Evidence, code: str) -> str:
    (text,) = [finding.message for finding in find(of) if finding.code == code]
    return text


def test_a_sound_cell_has_no_finding() -> None:
    assert find(cell(SOUND, SOUND)) == []


def test_a_cell_without_a_sample_has_no_finding() -> None:
    assert find(cell(pinned=False)) == []


def test_a_finding_is_written_with_its_code_and_severity() -> None:
    assert as_json(Finding("tail", "info", "Seen.")) == {
        "code": "tail",
        "severity": "info",
        "message": "Seen.",
    }


@pytest.mark.parametrize(
    ("code", "severity", "seen", "just_not"),
    [
        ("errors", "unranked", {"errors": 1, "failure": "EOF"}, {"errors": 0}),
        (
            "counts_disagree",
            "unranked",
            {"doubts": SHORT},
            {"doubts": ()},
        ),
        ("upstream_busy", "warn", {"upstream_cores": 0.86}, {"upstream_cores": 0.85}),
        ("upstream_busy", "warn", {"upstream_cores": 0.86}, {"upstream_cores": None}),
        ("load_busy", "warn", {"load_cores": 0.86}, {"load_cores": 0.85}),
        ("in_flight_low", "warn", {"in_flight": 0.89}, {"in_flight": 0.9}),
        ("in_flight_low", "warn", {"in_flight": 0.89}, {"in_flight": None}),
        ("machine_busy", "warn", {"other_share": 0.11}, {"other_share": 0.10}),
        ("machine_busy", "warn", {"steal_share": 0.06}, {"steal_share": 0.05}),
        ("throttled", "warn", {"throttled_share": 0.011}, {"throttled_share": 0.01}),
        ("cores_changed", "warn", {"cores": 1}, {"cores": 2}),
        ("cores_changed", "warn", {"cores": 4}, {"cores": None}),
        ("workers_uneven", "info", {"worker_share_max": 2.01}, {"worker_share_max": 2.0}),
        ("tail", "info", {"tail_share": 0.26}, {"tail_share": 0.25}),
        ("tail", "info", {"tail_share": 0.26}, {"tail_share": None}),
    ],
)
def test_a_finding_appears_beyond_its_limit_only(
    code: str, severity: Severity, seen: dict[str, Any], just_not: dict[str, Any]
) -> None:
    assert found(cell(replace(SOUND, **seen))) == [(code, severity)]
    assert found(cell(replace(SOUND, **just_not))) == []


@pytest.mark.parametrize(
    ("delayed", "appears"),
    [
        ({"read_median_s": 0.038, "read_p90_s": 0.0599}, True),
        ({"read_median_s": 0.050, "read_p90_s": 0.0599}, True),
        ({"read_median_s": 0.0379, "read_p90_s": 0.045}, False),
        ({"read_median_s": 0.0501, "read_p90_s": 0.055}, False),
        ({"read_median_s": 0.042, "read_p90_s": 0.060}, False),
        ({"read_median_s": None, "read_p90_s": None}, False),
    ],
)
def test_a_delayed_acknowledgement_shows_in_the_time_to_read_an_answer(
    delayed: dict[str, Any], *, appears: bool
) -> None:
    delayed_cell = cell(SOUND, replace(SOUND, **delayed))

    assert found(delayed_cell) == ([("delayed_ack", "warn")] if appears else [])


DELAYED = replace(SOUND, read_median_s=0.042, read_p90_s=0.045)
TWO_PIECES = (
    "Half of the answers took about 42 ms from their first byte to their last in round 1, while "
    "nine of ten took less than 60 ms: the sign of an answer that is sent in two pieces, whose "
    "second waits for a delayed acknowledgement (about 40 ms on Linux). It happens on connections "
    "that are kept, and is not the view's time."
)
OF_UVICORN = (
    "uvloop (`uvicorn[standard]`, `--loop uvloop`) or a single worker of uvicorn avoids it."
)
OF_OTHERS = (
    "Look whether the server sends headers and body in separate writes, and whether it sets "
    "TCP_NODELAY: one write, or TCP_NODELAY, avoids it."
)


@pytest.mark.parametrize(
    "serve",
    [
        "uvicorn project.asgi:application --workers 4 --host {host} --port {port}",
        "/srv/venv/bin/uvicorn project.asgi:application --port {port}",
        "python -m uvicorn project.asgi:application --workers 4 --port {port}",
        "env A=1 python -m uvicorn",
        "python3.13 -X dev -m uvicorn project.asgi:application --port {port}",
        "gunicorn project.asgi -k uvicorn.workers.UvicornWorker --bind {host}:{port}",
        "gunicorn project.asgi --worker-class uvicorn_worker.UvicornWorker -b {host}:{port}",
        "gunicorn -b {host}:{port} -k=uvicorn.workers.UvicornH11Worker project.asgi",
        "python -m gunicorn -k uvicorn_worker.UvicornWorker project.asgi -b {host}:{port}",
        "gunicorn -kuvicorn.workers.UvicornWorker project.asgi -b {host}:{port}",
        "python -Im uvicorn project.asgi:application --workers 2 --port {port}",
        "env A=1 uvicorn project.asgi:application --workers 2 --port {port}",
        "uv run uvicorn project.asgi:application --workers 2 --port {port}",
    ],
)
@pytest.mark.parametrize(
    ("versions", "name"),
    [({"uvicorn": "0.54.0", "gunicorn": "27.0.1"}, "uvicorn 0.54.0"), ({}, "uvicorn")],
    ids=["version known", "not known"],
)
def test_where_uvicorn_serves_a_delayed_acknowledgement_names_it_its_issue_and_the_way_out(
    serve: str, versions: dict[str, str], name: str
) -> None:
    served = cell(DELAYED, SOUND, serve=serve, versions=versions)

    assert message(served, "delayed_ack") == (
        f"{TWO_PIECES} It is a known issue of {name} with several workers (Kludex/uvicorn#3149). "
        f"{OF_UVICORN}"
    )


@pytest.mark.parametrize(
    ("serve", "versions"),
    [
        ("uvicorn project.asgi:application --workers 4 --loop uvloop --port {port}", {}),
        ("uvicorn project.asgi:application --workers 1 --port {port}", {}),
        ("uvicorn project.asgi:application --workers 4 --port {port}", {"uvloop": "0.22.1"}),
    ],
    ids=["uvloop", "a single worker", "uvloop, which it takes by itself"],
)
def test_uvicorn_is_not_blamed_where_the_way_out_is_taken(
    serve: str, versions: dict[str, str]
) -> None:
    served = cell(DELAYED, SOUND, serve=serve, versions={"uvicorn": "0.54.0", **versions})

    assert message(served, "delayed_ack") == f"{TWO_PIECES} {OF_OTHERS}"


@pytest.mark.parametrize(
    "serve",
    [
        "python manage.py runserver --noreload {host}:{port}",
        "gunicorn project.wsgi --workers 4 --bind {host}:{port}",
        "gunicorn uvicorn.wsgi -k gevent --bind {host}:{port}",
        "granian project.asgi:application --interface asgi --loop uvloop --port {port}",
        "hypercorn -k uvloop project.asgi:application --bind {host}:{port}",
        "python -m uvicorn_like project.asgi:application --port {port}",
        "python serve.py --with uvicorn --port {port}",
        "gunicorn -m uvicorn project.wsgi --bind {host}:{port}",
        'no command" {port}',
        "",
    ],
)
def test_where_another_server_serves_a_delayed_acknowledgement_blames_no_uvicorn(
    serve: str,
) -> None:
    """Also where uvicorn is installed: a package that is there need not be what serves."""
    served = cell(DELAYED, SOUND, serve=serve, versions={"uvicorn": "0.54.0"})

    assert message(served, "delayed_ack") == f"{TWO_PIECES} {OF_OTHERS}"


def test_what_a_delayed_acknowledgement_is_found_by_names_no_server() -> None:
    (rule,) = [rule for rule in RULES if rule.code == "delayed_ack"]

    assert rule.when == "answers waited for a delayed acknowledgement"


REST = "by programs that are small, came and went, or cannot be seen from here"
UP_TO = "Other programs used up to 55 % of all cores"


@pytest.mark.parametrize(
    ("others", "said"),
    [
        (None, "."),
        ((), ". None of them can be named: they came and went, or cannot be seen from here."),
        ((Share("cc1", 0.5425),), ": cc1 54 %."),
        ((Share("cc1", 0.535),), f": cc1 54 %; the other 1.5 % {REST}."),
        (
            (Share("cc1", 0.3125), Share("chromium", 0.09375)),
            f": cc1 31 %, chromium 9.4 %; the other 14 % {REST}.",
        ),
        ((Share("cc1", 0.4), Share("make", 0.2)), ": cc1 37 %, make 18 %."),
    ],
    ids=["not known", "nobody", "all", "nearly all", "two and a rest", "clocks that differ"],
)
def test_who_used_the_cpu_is_named_with_what_is_left_to_others(
    others: tuple[Share, ...] | None, said: str
) -> None:
    busy = replace(SOUND, other_share=0.55, others=others)

    assert message(cell(SOUND, busy), "machine_busy") == f"{UP_TO} in round 2{said} {QUIETER}"


def test_of_several_samples_the_programs_are_those_of_the_busiest() -> None:
    little = replace(SOUND, other_share=0.2, others=(Share("make", 0.2),))
    much = replace(SOUND, other_share=0.55, others=(Share("cc1", 0.55),))

    assert message(cell(little, SOUND, much), "machine_busy") == (
        f"{UP_TO} in rounds 1 and 3, most in round 3: cc1 55 %. {QUIETER}"
    )
    assert message(cell(rounds=[much, little]), "machine_busy") == (
        f"{UP_TO} in round 1: cc1 55 %. {QUIETER}"
    )


def test_where_the_busiest_sample_names_nobody_no_other_does() -> None:
    little = replace(SOUND, other_share=0.2, others=(Share("make", 0.2),))
    much = replace(SOUND, other_share=0.55, others=None)

    assert message(cell(little, much, SOUND), "machine_busy") == (
        f"{UP_TO} in rounds 1 and 2. {QUIETER}"
    )


def test_programs_are_named_before_what_the_host_took() -> None:
    busy = replace(SOUND, other_share=0.55, others=(Share("cc1", 0.55),), steal_share=0.06)

    assert message(cell(SOUND, busy), "machine_busy") == (
        f"{UP_TO} in round 2: cc1 55 %. The host of this virtual machine kept up to 6.0 % of all "
        f"cores for others in round 2. {QUIETER}"
    )


def test_too_few_requests_in_flight_are_said_in_requests() -> None:
    text = message(
        cell(replace(SOUND, in_flight=0.5), replace(SOUND, in_flight=0.8)), "in_flight_low"
    )

    assert text == (
        "hey kept 15 of 30 requests in flight in every round, so figures describe a lower "
        "concurrency than the level's. hey may have been short of CPU; close other programs, and "
        "measure again."
    )


def test_failed_requests_do_not_pass_for_requests_not_in_flight() -> None:
    failing = replace(SOUND, in_flight=0.5, errors=1, failure="EOF")

    assert found(cell(failing)) == [("errors", "unranked")]


@pytest.mark.parametrize(
    ("code", "values", "seen", "advice"),
    [
        (
            "upstream_busy",
            {"upstream_cores": 0.914},
            "The upstream used 0.91 of the one core it can use in round 2.",
            "The figures may be its limit and not the target's, which may be faster.",
        ),
        (
            "load_busy",
            {"load_cores": 1.2},
            "hey used 1.20 cores in round 2.",
            "The figures may be those of hey and not the target's, which may be faster.",
        ),
        (
            "machine_busy",
            {"other_share": 0.25},
            "Other programs used up to 25 % of all cores in round 2.",
            QUIETER,
        ),
        (
            "machine_busy",
            {"steal_share": 0.075},
            "The host of this virtual machine kept up to 7.5 % of all cores for others in round 2.",
            QUIETER,
        ),
        (
            "throttled",
            {"throttled_share": 0.5},
            "A cgroup limits the CPU, and stopped processes for up to 50 % of the time in round 2.",
            "Raise the limit of this container, or read the figures as those of a smaller machine.",
        ),
        (
            "cores_changed",
            {"cores": 1},
            "The number of cores was 1 in round 2; the run's is 2.",
            "Such samples are from another machine, as it were; measure again on the same cores.",
        ),
        (
            "workers_uneven",
            {"worker_share_max": 2.9},
            UNEVEN,
            "That is luck at each start of hey and widens intervals; more rounds average it.",
        ),
    ],
)
def test_what_was_seen_is_said_with_its_round_and_advice(
    code: str, values: dict[str, Any], seen: str, advice: str
) -> None:
    assert message(cell(SOUND, replace(SOUND, **values), SOUND), code) == f"{seen} {advice}"


@pytest.mark.parametrize(
    ("less", "more", "seen"),
    [
        ({"load_cores": 0.9}, {"load_cores": 1.2}, "hey used 1.20 cores"),
        ({"upstream_cores": 0.86}, {"upstream_cores": 0.91}, "The upstream used 0.91 of"),
        ({"steal_share": 0.06}, {"steal_share": 0.25}, "kept up to 25 % of all"),
        ({"throttled_share": 0.02}, {"throttled_share": 0.5}, "processes for up to 50 % of"),
        ({"worker_share_max": 2.1}, {"worker_share_max": 2.9}, "One worker used up to 2.90 times"),
        (
            {"read_median_s": 0.04, "read_p90_s": 0.045},
            {"read_median_s": 0.049, "read_p90_s": 0.055},
            "Half of the answers took about 49 ms",
        ),
    ],
)
def test_of_several_rounds_the_most_is_told(
    less: dict[str, Any], more: dict[str, Any], seen: str
) -> None:
    for first, second in ((less, more), (more, less)):
        (finding,) = find(cell(replace(SOUND, **first), SOUND, replace(SOUND, **second)))

        assert seen in finding.message
        assert " in rounds 1 and 3" in finding.message


@pytest.mark.parametrize(
    ("value", "text"), [(0.5, "50 %"), (0.1, "10 %"), (0.094, "9.4 %"), (0.0, "0.0 %")]
)
def test_a_share_under_a_tenth_has_a_digit_more(value: float, text: str) -> None:
    assert percent(value) == text


@pytest.mark.parametrize(
    ("value_s", "text"),
    [(0.0421, "42.1 ms"), (0.999, "999 ms"), (1.0, "1 s"), (2.5, "2.5 s"), (None, "-")],
)
def test_a_time_under_a_second_is_told_in_milliseconds(value_s: float | None, text: str) -> None:
    assert ms(value_s) == text


def test_the_tail_is_averaged_over_rounds() -> None:
    text = message(cell(replace(SOUND, tail_share=0.75), replace(SOUND, tail_share=0.25)), "tail")

    assert text == (
        "For the last 50 % of the time, on average, hey waited for connections that still had "
        "requests of their quota while others had none. RPS reads lower than under a steady load; "
        "compare it only with targets at the same level."
    )
    assert find(cell(replace(SOUND, tail_share=0.5), replace(SOUND, tail_share=0.0))) == []


@pytest.mark.parametrize(
    ("lab_upstream", "parties", "together"),
    [
        (True, "hey, the upstream and the servers", "all three"),
        (False, "hey and the servers", "both"),
    ],
)
def test_what_is_not_pinned_shares_the_cores(
    parties: str, together: str, *, lab_upstream: bool
) -> None:
    shared = cell(SOUND, pinned=False, lab_upstream=lab_upstream)

    text = (
        f"{parties} shared 2 cores, so RPS is what {together} reach together. "
        f"With cores of their own, servers may do more."
    )
    assert find(shared) == [Finding("cores_shared", "info", text)]


@pytest.mark.parametrize(
    ("concerned", "of", "words"),
    [
        ([2], [1, 2, 3], "in round 2"),
        ([1], [1], "in round 1"),
        ([2, 5], [1, 2, 3, 4, 5], "in rounds 2 and 5"),
        ([1, 2, 5], [1, 2, 3, 4, 5], "in rounds 1, 2 and 5"),
        ([2, 2], [1, 2], "in round 2"),
        ([1, 2, 2], [1, 2], "in every round"),
        (range(1, 9), range(1, 21), "in rounds 1, 2, 3, 4, 5, 6, 7 and 8"),
        (range(1, 10), range(1, 21), "in 9 of 20 rounds"),
    ],
)
def test_rounds_are_named_or_counted(
    concerned: Sequence[int], of: Sequence[int], words: str
) -> None:
    every = cell(rounds=[replace(SOUND, round=number) for number in of])

    assert in_rounds([replace(SOUND, round=number) for number in concerned], every) == words


def test_findings_come_in_the_order_of_the_rules() -> None:
    bad = replace(
        SOUND,
        errors=1,
        failure="EOF",
        load_cores=1.0,
        tail_share=0.5,
        doubts=SHORT,
    )

    assert found(cell(bad, pinned=False)) == [
        ("errors", "unranked"),
        ("counts_disagree", "unranked"),
        ("load_busy", "warn"),
        ("tail", "info"),
        ("cores_shared", "info"),
    ]


def test_every_code_is_in_the_docs_with_its_severities_and_the_other_way_round() -> None:
    text = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| .+ \| .+ \|$", text, re.MULTILINE)
    levels = {"unranked", "warn", "info"}
    listed = [(code, words) for code, words in rows if code not in levels]

    assert [
        (code, tuple(word for word in re.findall(r"\w+", words) if word in levels))
        for code, words in listed
    ] == [(rule.code, rule.severities) for rule in RULES]
