"""A sample: its figures, its file, and what is refused as one."""

import json
import random
from dataclasses import replace

import numpy as np
import pytest

from lab.errors import UsageError
from lab.files.sample import (
    BrokenSampleError,
    Cpu,
    Doubt,
    Expected,
    Machine,
    Origin,
    Program,
    Sample,
    Testimony,
    loads,
)
from lab.level import Level

SAMPLE = Sample(
    target="sync_requests",
    requests=4,
    concurrency=2,
    round=1,
    block_position=3,
    level_position=2,
    engine="hey",
    argv=("hey", "-n", "4"),
    started="2026-01-02T03:04:05.678Z",
    wall_s=0.5,
    sent=4,
    latencies_s=(0.3, 0.1, 0.2),
    offsets_s=(0.0, 0.0, 0.1),
    statuses=(200, 500, 200),
    connect_s=(0.01, 0.01, 0.0),
    read_s=(0.001, 0.001, 0.001),
    body_bytes=249,
    errors={"EOF": 1},
    upstream=Testimony(
        calls=3,
        connections=2,
        connections_new=1,
        in_flight_max=2,
        abandoned=0,
        asked_mean_s=0.1,
        served_mean_s=0.101,
        late_p95_s=0.002,
    ),
    cpu_s=Cpu(server=0.2, workers=(0.05, 0.1), upstream=0.01, load=0.02),
    server_rss_bytes=50_000_000,
    machine=Machine(load1=0.5, steal_s=0.0, others=(Program("cc1", 0.25),)),
)
NOTHING = replace(
    SAMPLE, latencies_s=(), offsets_s=(), statuses=(), connect_s=(), read_s=(), errors={"EOF": 4}
)


def refusal(data: bytes, kind: type[UsageError] = BrokenSampleError) -> str:
    with pytest.raises(UsageError) as caught:
        loads(data, file="samples/x.json")
    assert caught.type is kind
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_a_sample_knows_its_level_and_its_files_name() -> None:
    assert SAMPLE.level == Level(4, 2)
    assert SAMPLE.file_name == "r1-sync_requests-4x2.json"
    assert replace(SAMPLE, repeat=2).file_name == "r1-sync_requests-4x2-2.json"


def test_requests_are_answered_as_expected_or_failed() -> None:
    assert (SAMPLE.answered, SAMPLE.ok, SAMPLE.failed) == (3, 2, 2)
    assert (NOTHING.answered, NOTHING.ok, NOTHING.failed) == (0, 0, 4)


def test_another_status_than_200_may_be_the_expected_one() -> None:
    sample = replace(SAMPLE, expected=Expected(1, None, 500))
    assert (sample.ok, sample.failed) == (1, 3)


def test_bodies_are_not_compared_where_their_length_may_vary() -> None:
    good = replace(SAMPLE, errors={}, statuses=(201,) * 3, expected=Expected(1, 83, 201))
    good = replace(good, requests=3, sent=3)
    assert good.doubts == []
    longer = replace(good, body_bytes=300)
    assert [doubt.text for doubt in longer.doubts] == [
        "300 bytes were answered where 3 answers like the checked one have 249."
    ]
    assert replace(longer, expected=Expected(1, None, 201)).doubts == []


@pytest.mark.parametrize(
    ("calls", "counted", "says"), [(0, 0, None), (0, 1, 0), (3, 9, None), (3, 3, 9)]
)
def test_the_witness_is_held_to_the_calls_that_a_request_makes(
    calls: int, counted: int, says: int | None
) -> None:
    assert SAMPLE.upstream is not None
    sample = replace(
        SAMPLE, requests=3, sent=3, errors={}, statuses=(200,) * 3,
        upstream=replace(SAMPLE.upstream, calls=counted), expected=Expected(calls, None),
    )  # fmt: skip
    doubts = [f"The upstream counted {counted} calls where 3 requests should make {says}."]
    assert [doubt.text for doubt in sample.doubts] == ([] if says is None else doubts)


def test_rps_counts_the_answered_over_heys_own_total() -> None:
    assert SAMPLE.rps == 6.0


def test_the_mean_latency_is_that_of_the_answered() -> None:
    assert SAMPLE.latency_mean_s == pytest.approx(0.2)


def test_where_nothing_was_answered_there_are_no_figures() -> None:
    assert NOTHING.rps is None
    assert NOTHING.latency_mean_s is None
    assert NOTHING.latency_p95_s is None


def test_p95_is_numpys_inverted_cdf_for_every_count() -> None:
    source = random.Random(95)  # noqa: S311 - repeatable on purpose
    for count in range(1, 201):
        values = [source.expovariate(3) for _ in range(count)]
        sample = replace(SAMPLE, latencies_s=tuple(values))
        assert np.quantile(values, 0.95, method="inverted_cdf") == sample.latency_p95_s


@pytest.mark.parametrize(("count", "rank"), [(1, 1), (19, 19), (20, 19), (21, 20), (1000, 950)])
def test_p95_is_a_latency_that_was_measured(count: int, rank: int) -> None:
    downwards = tuple(float(value) for value in range(count, 0, -1))
    assert replace(SAMPLE, latencies_s=downwards).latency_p95_s == rank


@pytest.mark.parametrize(
    "sample",
    [
        SAMPLE,
        NOTHING,
        replace(SAMPLE, upstream=None, server_rss_bytes=None, cpu_s=Cpu(0.2, (), None, 0.1)),
    ],
    ids=["usual", "nothing answered", "nothing known"],
)
def test_a_sample_is_read_as_it_was_written(sample: Sample) -> None:
    assert sample == loads(sample.dumps(), file="x")


def test_a_file_holds_the_names_that_others_read() -> None:
    written = json.loads(SAMPLE.dumps())
    assert set(written) == {
        "schema", "target", "requests", "concurrency", "round", "block_position",
        "level_position", "engine", "argv", "started", "wall_s", "sent", "latencies_s",
        "offsets_s", "statuses", "connect_s", "read_s", "body_bytes", "errors", "upstream",
        "cpu_s", "server_rss_bytes", "machine", "expected",
        "origin", "repeat", "server_pss_bytes", "steady",
    }  # fmt: skip
    assert written["schema"] == 1
    assert written["latencies_s"] == [0.3, 0.1, 0.2]
    assert written["errors"] == {"EOF": 1}
    assert written["cpu_s"] == {
        "server": 0.2, "workers": [0.05, 0.1], "upstream": 0.01, "load": 0.02,
    }  # fmt: skip
    assert written["upstream"] == {
        "calls": 3, "connections": 2, "connections_new": 1, "in_flight_max": 2, "abandoned": 0,
        "asked_mean_s": 0.1, "served_mean_s": 0.101, "late_p95_s": 0.002,
        "asked_max_s": None,
    }  # fmt: skip
    assert written["machine"] == {
        "load1": 0.5, "steal_s": 0.0, "throttled_s": None, "other_s": None, "cpus": None,
        "cores": None, "others": [{"name": "cc1", "cpu_s": 0.25}],
    }  # fmt: skip


def test_a_sample_of_before_engines_told_what_is_steady_reads() -> None:
    written = json.loads(replace(SAMPLE, origin=Origin("m", "p", "l")).dumps())
    del written["steady"], written["origin"]["engine"]

    sample = loads(json.dumps(written).encode(), file="x")

    assert (sample.steady, sample.origin) == (None, Origin("m", "p", "l", None))


def test_an_engine_may_lack_columns() -> None:
    lacking = replace(SAMPLE, connect_s=None, read_s=None, body_bytes=None)

    written = json.loads(lacking.dumps())

    assert (written["connect_s"], written["read_s"], written["body_bytes"]) == (None, None, None)
    assert loads(lacking.dumps(), file="x") == lacking
    good = replace(lacking, errors={}, statuses=(200,) * 3, requests=3, sent=3)
    assert replace(good, expected=Expected(1, 83)).doubts == []


def test_doubts_are_told_apart_by_kind_and_name_the_engine() -> None:
    short = replace(SAMPLE, engine="other", errors={}, statuses=(200,) * 3, sent=3)

    assert replace(short, expected=Expected(2, 84)).doubts == [
        Doubt("sent", "other sent 3 of 4 requests."),
        Doubt("calls", "The upstream counted 3 calls where 3 requests should make 6."),
        Doubt("bytes", "249 bytes were answered where 3 answers like the checked one have 252."),
    ]


def test_keys_of_a_later_version_are_passed_over() -> None:
    later = json.loads(SAMPLE.dumps()) | {"later": [1]}
    later["upstream"]["later"] = 1
    assert loads(json.dumps(later).encode(), file="x") == SAMPLE


def test_a_sample_of_another_schema_is_refused_by_name() -> None:
    expected = (
        "samples/x.json: a sample of schema 2; this version reads schema 1. It was written by "
        "another version of Viewlab: read it with that, or with a newer one."
    )
    assert expected == refusal(b'{"schema": 2, "anything": "else"}', UsageError)


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b"\xff", b'{"schema": "1"}', b'{"schema": 1}', SAMPLE.dumps()[:-1],
     SAMPLE.dumps().replace(b'"EOF"', b'"\xff"'),
     SAMPLE.dumps().replace(b'"requests":4', b'"requests":"4"')],
)  # fmt: skip
def test_what_is_no_sample_is_refused_by_its_files_name(data: bytes) -> None:
    message = refusal(data)
    assert message.startswith("samples/x.json: not a sample: ")
    assert message.endswith(".")


def test_the_key_that_is_wrong_in_a_sample_is_named() -> None:
    broken = json.loads(SAMPLE.dumps())
    broken["cpu_s"]["load"] = "much"
    expected = "samples/x.json: not a sample: Expected `float`, got `str` - at `$.cpu_s.load`."
    assert expected == refusal(json.dumps(broken).encode())


def changed(*keys: str, value: object) -> bytes:
    """`SAMPLE`, as it is written, with another value at these keys."""
    written = json.loads(
        replace(SAMPLE, expected=Expected(1, 83), origin=Origin("m", "p", "l")).dumps()
    )
    *tables, last = keys
    at = written
    for table in tables:
        at = at[table]
    at[last] = value
    return json.dumps(written).encode()


A_WORD = r"`str` matching regex '^[ -~]+(?![\\s\\S])'"


@pytest.mark.parametrize(
    ("keys", "value", "wanted"),
    [
        (("requests",), 0, "`int` >= 1 - at `$.requests`"),
        (("concurrency",), 0, "`int` >= 1 - at `$.concurrency`"),
        (("round",), -3, "`int` >= 1 - at `$.round`"),
        (("repeat",), 0, "`int` >= 1 - at `$.repeat`"),
        (("level_position",), 0, "`int` >= 1 - at `$.level_position`"),
        (("sent",), -4, "`int` >= 0 - at `$.sent`"),
        (("errors", "EOF"), -1, "`int` >= 0 - at `$.errors[...]`"),
        (("body_bytes",), -1, "`int` >= 0 - at `$.body_bytes`"),
        (("body_bytes",), 2**64, "`int` <= 9223372036854775807 - at `$.body_bytes`"),
        (("statuses",), [200, 500, 1000], "`int` <= 999 - at `$.statuses[2]`"),
        (("wall_s",), 0, "`float` >= 1e-09 - at `$.wall_s`"),
        (("wall_s",), 5e-324, "`float` >= 1e-09 - at `$.wall_s`"),
        (("wall_s",), -0.5, "`float` >= 1e-09 - at `$.wall_s`"),
        (("wall_s",), 1e300, "`float` <= 9223372036.854776 - at `$.wall_s`"),
        (("latencies_s",), [0.3, -0.1, 0.2], "`float` >= 1e-09 - at `$.latencies_s[1]`"),
        (("latencies_s",), [0.3, 0.1, 0], "`float` >= 1e-09 - at `$.latencies_s[2]`"),
        (("steady",), [-0.5, 1.0], "`float` >= 0.0 - at `$.steady[0]`"),
        (
            ("latencies_s",),
            [1e308, 1e308, 0.1],
            "`float` <= 9223372036.854776 - at `$.latencies_s[0]`",
        ),
        (("offsets_s",), [-0.1, 0, 0], "`float` >= 0.0 - at `$.offsets_s[0]`"),
        (("read_s",), [0, 0, -1], "`float` >= 0.0 - at `$.read_s[2]`"),
        (("cpu_s", "load"), 1e308, "`float` <= 9.223372036854776e+18 - at `$.cpu_s.load`"),
        (
            ("machine", "steal_s"),
            1e308,
            "`float` <= 9.223372036854776e+18 - at `$.machine.steal_s`",
        ),
        (("machine", "cores"), 0, "`int` >= 1 - at `$.machine.cores`"),
        (("machine", "cpus"), 0, "`int` >= 1 - at `$.machine.cpus`"),
        (
            ("machine", "others"),
            [{"name": "cc1", "cpu_s": 0.0}],
            "`float` >= 1e-09 - at `$.machine.others[0].cpu_s`",
        ),
        (
            ("machine", "others"),
            [{"name": "", "cpu_s": 0.5}],
            "`str` of length >= 1 - at `$.machine.others[0].name`",
        ),
        (
            ("machine", "others"),
            [{"name": 201 * "c", "cpu_s": 0.5}],
            "`str` of length <= 200 - at `$.machine.others[0].name`",
        ),
        (("expected", "upstream_calls"), -1, "`int` >= 0 - at `$.expected.upstream_calls`"),
        (("target",), "", f"{A_WORD} - at `$.target`"),
        (("target",), "a\x1b[2J", f"{A_WORD} - at `$.target`"),
        (("engine",), "hey\n", f"{A_WORD} - at `$.engine`"),
        (("origin", "lock"), "\a", f"{A_WORD} - at `$.origin.lock`"),
    ],
    ids=str,
)
def test_a_value_that_nothing_can_have_measured_is_no_samples(
    keys: tuple[str, ...], value: object, wanted: str
) -> None:
    expected = f"samples/x.json: not a sample: Expected {wanted}."
    assert expected == refusal(changed(*keys, value=value))


@pytest.mark.parametrize(
    ("keys", "value", "flaw"),
    [
        (
            ("requests",),
            5,
            (
                "level '5/2': 2 does not divide 5, and each connection sends as many: 4 in all. "
                "Write 4/2 or 6/2."
            ),
        ),
        (("latencies_s",), [0.3, 0.1], "2 latencies, but 3 offsets."),
        (("offsets_s",), [], "3 latencies, but 0 offsets."),
        (("statuses",), [200] * 4, "3 latencies, but 4 statuses."),
        (("connect_s",), [0.01], "3 latencies, but 1 connect times."),
        (("read_s",), [0.001], "3 latencies, but 1 read times."),
        (("steady",), [0.5, 0.25], "it was steady from 0.5 s until 0.25 s."),
        (("steady",), [0.25, 0.25], "it was steady from 0.25 s until 0.25 s."),
        (("sent",), 5, "5 requests sent, but 3 answers and 1 errors."),
        (("errors", "EOF"), 2, "4 requests sent, but 3 answers and 2 errors."),
        (("upstream", "calls"), -1, "'calls' of its upstream is -1."),
        (("upstream", "asked_mean_s"), -0.5, "'asked_mean_s' of its upstream is -0.5."),
        (("upstream", "asked_max_s"), 1e300, "'asked_max_s' of its upstream is 1e+300."),
    ],
    ids=str,
)
def test_values_that_cannot_be_together_are_no_sample(
    keys: tuple[str, ...], value: object, flaw: str
) -> None:
    expected = f"samples/x.json: not a sample: {flaw}"
    assert expected == refusal(changed(*keys, value=value))


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("cpu_s", "workers"), [-0.5, 0.1]),
        (("machine", "steal_s"), -0.01),
        (("upstream", "late_p95_s"), -0.0004),
    ],
    ids=str,
)
def test_what_a_counter_or_a_clock_may_say_below_nothing_is_taken_as_it_is(
    keys: tuple[str, ...], value: object
) -> None:
    data = changed(*keys, value=value)
    assert json.loads(loads(data, file="x").dumps()) == json.loads(data)


def test_a_sample_of_before_other_programs_were_named_reads() -> None:
    written = json.loads(SAMPLE.dumps())
    written["machine"] = {"load1": 0.5, "steal_s": 0.25, "throttled_s": None, "cpus": 2, "cores": 2}

    machine = loads(json.dumps(written).encode(), file="x").machine

    assert machine == Machine(load1=0.5, steal_s=0.25, cpus=2, cores=2)
    assert (machine.other_s, machine.others) == (None, None)
