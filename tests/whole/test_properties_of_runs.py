"""hey's output and samples: whatever they hold, figures that can be shown, or the lab's error."""

import json
import math
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bench.load.engine import Load
from bench.load.hey import parse
from lab.files.sample import Expected, Machine, Origin, Program, Sample, loads
from report.samples.measured import measure
from tests.support import runs
from tests.support.odd import FIGURES, JSON, NUMBERS, Anything, changed, damaged, value_or_error

OUTPUT = (
    b'{"errors":{"EOF":2},"statuses":[200,503],"latencies":[0.003099667,0.005070104],'
    b'"offsets":[0.000184894,0.001445368],"connect":[0.001421042,0],'
    b'"read":[0.00012075,0.000199636],"body_bytes":166,"total_ns":14443444}\n'
)
FILE = "samples/r1-sync_requests-4x2.json"
SAMPLE = replace(
    runs.sample("sync_requests", 1, 0.5, level="4/2", refused=1, rejected=1),
    expected=Expected(upstream_calls=1, body_bytes=73),
    origin=Origin(machine="m", profile="p", lock="l", engine="hey 0.1.4, sha256 4f"),
    steady=(0.0, 0.25),
    machine=Machine(steal_s=0.0, other_s=0.1, cpus=2, cores=2, others=(Program("cc1", 0.05),)),
)
ANSWERED = 3


def columns(length: int) -> Anything:
    """Lists that might be a column of `length`."""
    of = (st.lists(each, min_size=length, max_size=length) for each in (NUMBERS, FIGURES))
    return st.one_of(*of)


OUTPUTS = changed(
    st.just(json.loads(OUTPUT)),
    "errors", "statuses", "latencies", "offsets", "connect", "read", "body_bytes", "total_ns",
    odd=JSON | NUMBERS | FIGURES | columns(2) | st.dictionaries(st.text(), FIGURES, max_size=3),
).map(json.dumps)  # fmt: skip

WRITTEN: dict[str, Any] = json.loads(SAMPLE.dumps())
KEYS = [
    (key, *inner)
    for key, value in WRITTEN.items()
    for inner in [(), *(((each,) for each in value) if isinstance(value, dict) else ())]
]
ODD: Anything = FIGURES | columns(ANSWERED) | JSON | NUMBERS
SAMPLES = st.dictionaries(st.sampled_from(KEYS), ODD, max_size=2).map(
    lambda odd: json.dumps(_with(odd)).encode()
)


def _with(odd: dict[tuple[str, ...], Any]) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(SAMPLE.dumps())
    for (key, *inner), value in odd.items():
        if not inner:
            values[key] = value
        elif isinstance(values[key], dict):
            values[key][inner[0]] = value
    return values


def sound_load(load: Load) -> None:
    assert load.connect_s is not None
    assert load.read_s is not None
    assert load.body_bytes is not None
    times = (load.latencies_s, load.offsets_s, load.connect_s, load.read_s)
    assert {len(column) for column in (*times, load.statuses)} == {len(load.latencies_s)}
    assert all(0 <= value < math.inf for column in times for value in column)
    assert 0 < load.wall_s < math.inf
    assert min((load.body_bytes, *load.statuses, *load.errors.values())) >= 0
    assert "".join(load.errors).isprintable()


def as_sample(load: Load) -> Sample:
    return replace(
        SAMPLE,
        wall_s=load.wall_s,
        sent=load.sent,
        latencies_s=load.latencies_s,
        offsets_s=load.offsets_s,
        statuses=load.statuses,
        connect_s=load.connect_s,
        read_s=load.read_s,
        body_bytes=load.body_bytes,
        errors=load.errors,
    )


def sound_sample(sample: Sample) -> None:
    """It can be read again as it is written, and measured without a figure that is none."""
    assert loads(sample.dumps(), file=FILE) == sample
    assert sample.level.requests % sample.level.concurrency == 0
    assert sample.file_name.isprintable()
    assert "".join(doubt.text for doubt in sample.doubts).isprintable()
    assert 0 <= sample.failed <= sample.sent
    assert sample.sent == sample.answered + sum(sample.errors.values())
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        measured = asdict(measure(sample))
    figures = [value for value in measured.values() if isinstance(value, float)]
    assert all(map(math.isfinite, figures)), measured
    assert measured["rps"] is None or measured["rps"] > 0
    assert measured["failure"] is None or measured["failure"].isprintable()
    for program in measured["others"] or ():
        assert program["name"].isprintable()
        assert 0 <= program["share"] < math.inf


def check_output(output: str) -> None:
    if load := value_or_error(lambda: parse(output), names="hey printed "):
        sound_load(load)
        sound_sample(as_sample(load))


def check_sample(data: bytes) -> None:
    if sample := value_or_error(lambda: loads(data, file=FILE), names=f"{FILE}: "):
        sound_sample(sample)


@given(st.text() | JSON.map(json.dumps))
def test_any_text_is_an_output_of_heys_or_fails_the_block(output: str) -> None:
    check_output(output)


@given(OUTPUTS)
def test_odd_values_in_an_output_of_heys_are_a_sample_or_fail_the_block(output: str) -> None:
    check_output(output)


@given(damaged(OUTPUT))
def test_a_damaged_output_of_heys_is_a_sample_or_fails_the_block(output: bytes) -> None:
    check_output(output.decode(errors="replace"))


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_a_sample_that_can_be_measured_or_are_refused(data: bytes) -> None:
    check_sample(data)


@given(SAMPLES)
def test_odd_values_in_a_sample_can_be_measured_or_are_refused(data: bytes) -> None:
    check_sample(data)


@given(damaged(SAMPLE.dumps()))
def test_a_damaged_sample_can_be_measured_or_is_refused(data: bytes) -> None:
    check_sample(data)
