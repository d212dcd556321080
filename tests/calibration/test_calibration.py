"""What calibrations make of what they saw: that each can hold, and that each can fail."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lab.errors import BlockError, MachineError, UsageError
from lab.latency import Latency, Lognormal
from report.samples.read import read_measured
from report.summary.build import summarize
from tests.calibration import __main__, burn, faults, reference, same, simulated, slower
from tests.calibration.answer import Answer
from tests.calibration.burn import Burn
from tests.calibration.faults import FAULTS, Seen
from tests.calibration.product import Load, of_targets
from tests.calibration.reference import Figures, Printed, Turn
from tests.calibration.same import Pair
from tests.calibration.simulation import Rate, Row
from tests.calibration.slower import Target, Wait
from tests.calibration.table import About, render
from tests.support import runs


def held(*answers: Answer) -> list[bool | None]:
    return [answer.holds for answer in answers]


# 1: the same

ALIKE = Pair("p01", 1.01, 0.97, 1.05, "equivalent", 0.03, (100.0, 101.0), (102.0, 101.0))
APART = replace(ALIKE, ratio=1.05, low=1.01, high=1.09, verdict="inconclusive")


@pytest.mark.parametrize(("pairs", "most"), [(6, 2), (12, 3), (60, 7), (200, 18)])
def test_the_bound_is_binomial(pairs: int, most: int) -> None:
    assert same.most_exclusions(pairs) == most


def test_seven_of_sixty_intervals_may_exclude_1_and_eight_may_not() -> None:
    assert held(*same.judge([APART] * 7 + [ALIKE] * 53)) == [True, True, True, None]
    answers = same.judge([APART] * 8 + [ALIKE] * 52)
    assert held(*answers) == [True, False, True, None]
    assert answers[1].seen == "8 of 60"


def test_one_verdict_word_may_appear_and_two_may_not() -> None:
    word = replace(APART, verdict="faster")
    assert held(*same.judge([word] + [ALIKE] * 59)) == [True, True, True, None]
    answers = same.judge([word, replace(word, verdict="slower")] + [ALIKE] * 58)
    assert held(*answers) == [True, True, False, None]


def test_a_pair_without_an_interval_is_not_passed_over() -> None:
    lost = replace(ALIKE, ratio=None, low=None, high=None, verdict=None)
    assert held(*same.judge([lost] + [ALIKE] * 59)) == [False, True, True, None]


def test_an_interval_that_ends_at_1_does_not_exclude_it() -> None:
    assert not replace(APART, low=1.0).excludes_1
    assert replace(APART, low=0.9, high=0.99).excludes_1


# 2: slower

BASE = Target((0.01,) * 3, rps=(50.0, 51.0, 49.0), latency_mean_s=(0.1,) * 3, wall_s=(2.0,) * 3)
WAITING = Target(
    slept_s=(0.035, 0.034, 0.036),
    rps=(40.0, 41.2, 38.8),
    latency_mean_s=(0.125, 0.1251, 0.1249),
    wall_s=(2.5,) * 3,
)
WAIT = Wait(
    extra_s=0.025,
    quota=20,
    margin=0.1,
    verdicts=(None, "inconclusive", "slower"),
    default_verdict="slower",
    waiting=WAITING,
    base=BASE,
)


def test_the_truth_comes_from_the_sleeps_and_the_base_alone() -> None:
    assert pytest.approx(0.025) == WAIT.d_s
    assert pytest.approx(1.25) == WAIT.true_latency_ratio
    assert pytest.approx(0.8) == WAIT.true_rps_ratio  # 2 s of 2 s + 20 * 25 ms
    other = replace(WAIT, waiting=replace(WAITING, rps=(1.0,) * 3, latency_mean_s=(9.0,) * 3))
    assert other.true_rps_ratio == WAIT.true_rps_ratio
    assert other.true_latency_ratio == WAIT.true_latency_ratio


def test_intervals_of_rps_that_hold_the_truth_hold_and_latencies_are_stated() -> None:
    answers = slower.judge(WAIT)
    assert held(*answers) == [True, None, True, None]
    assert answers[0].what == "25.0 ms longer on 100.0 ms: RPS"
    assert (answers[0].expected, answers[1].expected) == ("0.8000", "1.2500 (stated)")
    assert answers[2].seen == "3"


def test_an_interval_of_rps_beside_the_truth_does_not_hold() -> None:
    fast = replace(WAITING, rps=(45.0, 46.0, 44.0))
    assert held(*slower.judge(replace(WAIT, waiting=fast))) == [False, None, True, None]


def test_a_target_that_is_never_called_slower_does_not_hold() -> None:
    never = replace(WAIT, verdicts=(None, "inconclusive", "inconclusive"))
    answers = slower.judge(never)
    assert (answers[2].seen, answers[2].holds) == ("never", False)


# 3: CPU

BURN = Burn(
    burnt_s=0.005,
    cpu_s=(0.0055, 0.0056, 0.0057),
    base_cpu_s=(0.0004, 0.0004, 0.0006),
    rps_ratio=0.8,
    rps_high=0.82,
    latency_ratio=1.24,
    latency_low=1.2,
)


def test_burnt_cpu_that_is_seen_holds() -> None:
    answers = burn.judge(BURN)
    assert held(*answers) == [True, True, True]
    # 5.1, 5.2 and 5.1 ms: mean 5.133, SD 0.0577, t(2) 4.303
    assert answers[0].seen == "5.13 [4.99, 5.28]"


@pytest.mark.parametrize("cpu_s", [0.0049, 0.0060])
def test_cpu_that_is_off_by_over_a_tenth_does_not_hold(cpu_s: float) -> None:
    wrong = replace(BURN, cpu_s=(cpu_s,) * 3, base_cpu_s=(0.0004,) * 3)
    assert held(*burn.judge(wrong)) == [False, True, True]


def test_burning_that_moves_nothing_does_not_hold() -> None:
    still = replace(BURN, rps_ratio=0.99, rps_high=1.01, latency_ratio=1.0, latency_low=0.99)
    assert held(*burn.judge(still)) == [True, False, False]
    unranked = replace(BURN, rps_ratio=None, rps_high=None, latency_ratio=None, latency_low=None)
    assert held(*burn.judge(unranked)) == [True, False, False]


# 4: faults

FLAKY = FAULTS[0]
ERRORS = ("errors", "unranked", "10 of 500 requests failed. It happened in every round")
BUSY = ("machine_busy", "warn", "Other programs used up to 70 % of all cores.")
SHARED = ("cores_shared", "info", "hey and the servers shared 2 cores")
FOUND = Seen("fails", ranked=False, findings=(ERRORS, BUSY, SHARED), ratios=(None, None, None))
SOUND = Seen("sound", ranked=True, findings=(SHARED,), ratios=())


def test_every_fault_of_the_issue_is_among_them() -> None:
    assert [(fault.name, fault.code) for fault in FAULTS] == [
        ("fails", "errors"), ("caches", "counts_disagree"), ("twice", "counts_disagree"),
        ("stalls", "stall"), ("starves", "stall"), ("shortens", "counts_disagree"),
    ]  # fmt: skip


def test_a_fault_that_is_found_and_not_ranked_holds() -> None:
    answer = faults.judge(FLAKY, FOUND)
    assert answer.holds is True
    assert answer.seen == "errors (unranked), machine_busy (warn); not ranked"


@pytest.mark.parametrize(
    "seen",
    [
        replace(FOUND, findings=(BUSY, SHARED)),
        replace(FOUND, findings=(("errors", "warn", ERRORS[2]),)),
        replace(FOUND, findings=(("stall", "unranked", "Service stood still in every round"),)),
        replace(FOUND, findings=(("errors", "unranked", "something else"),)),
        replace(FOUND, ranked=True),
        replace(FOUND, ratios=(None, 1.1, None)),
    ],
    ids=["not found", "only warned", "another finding", "another reason", "ranked", "compared"],
)
def test_a_fault_that_is_missed_does_not_hold(seen: Seen) -> None:
    assert faults.judge(FLAKY, seen).holds is False


def test_the_sound_target_has_no_finding_but_of_the_machine() -> None:
    assert faults.judge_sound(SOUND).holds is True
    busy = faults.judge_sound(replace(SOUND, findings=(BUSY, BUSY)))
    assert (busy.holds, busy.seen) == (True, "machine_busy (warn); ranked")
    stalled = replace(SOUND, findings=(("stall", "warn", "Service stood still in every round"),))
    assert faults.judge_sound(stalled).holds is False
    assert faults.judge_sound(replace(SOUND, ranked=False)).holds is False


# 5: hey and wrk

PRINTED = Printed(
    hey_rps="199.1234",
    hey_mean_s="0.0105",
    hey_p95_s=0.02,
    rps=199.12341,
    latency_mean_s=0.0105,
    latency_p95_s=0.019,
    latencies_s=tuple(number / 1000 for number in range(1, 21)),
    wall_s=0.1,
)


def test_heys_own_figures_hold_and_its_p95_is_one_rank_up() -> None:
    assert PRINTED.p95_one_rank_up_s == 0.02
    assert held(*reference.judge_printed([PRINTED, PRINTED])) == [True, True, True]


def test_figures_that_hey_does_not_print_do_not_hold() -> None:
    wrong = replace(PRINTED, rps=199.1236)
    assert held(*reference.judge_printed([PRINTED, wrong])) == [False, True, True]
    wrong = replace(PRINTED, latency_mean_s=0.0107)
    assert held(*reference.judge_printed([PRINTED, wrong])) == [True, False, True]
    for wrong in (replace(PRINTED, hey_p95_s=0.019), replace(PRINTED, latency_p95_s=0.018)):
        assert held(*reference.judge_printed([PRINTED, wrong])) == [True, True, False]


def test_turns_near_wrk_hold_and_others_do_not() -> None:
    wrk = Figures(100.0, 0.02, 0.03)
    near = [Turn(Figures(rps, 0.02, 0.03), wrk) for rps in (99.0, 100.0, 101.0)]
    assert held(*reference.judge_turns(near)) == [True, True, True]
    far = [Turn(Figures(rps, 0.025, 0.03), wrk) for rps in (79.0, 80.0, 81.0)]
    assert held(*reference.judge_turns(far)) == [False, False, True]
    # On average the same, but so uncertain that it says nothing.
    wide = [Turn(Figures(rps, 0.02, 0.03), wrk) for rps in (80.0, 100.0, 125.0)]
    assert held(*reference.judge_turns(wide)) == [False, True, True]


def test_what_wrk_prints_last_is_read() -> None:
    line = '{"requests":8000,"duration_us":10000000,"mean_us":21500.5,"p95_us":30000,"errors":0}'
    assert reference.parse_wrk(f"Running 10s test\n\n{line}\n") == Figures(800.0, 0.0215005, 0.03)


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ('{"requests":8,"duration_us":1,"mean_us":1,"p95_us":1,"errors":3}', "3 requests of wrk"),
        ("unable to connect to 127.0.0.1", "wrk printed something else"),
        ("", "wrk printed something else"),
    ],
    ids=["errors", "words", "nothing"],
)
def test_what_wrk_prints_without_figures_is_no_figure(output: str, message: str) -> None:
    with pytest.raises(BlockError, match=message):
        reference.parse_wrk(output)


def test_without_wrk_it_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MachineError):
        reference.require_wrk()
    assert __main__.main(["--only", "5"]) == 3
    assert capsys.readouterr().err.endswith("Install it: apt-get install wrk\n")


# 6: simulation


def test_simulated_rates_are_held_against_their_bounds() -> None:
    answers = simulated.judge(
        [
            Row("covers", "3 rounds", Rate(950, 1000), 0.94),
            Row("covers", "5 rounds", Rate(935, 1000), 0.94),
            Row("covers", "8 rounds", Rate(900, 1000), 0.94),
            Row("false", "3 rounds", Rate(100, 1000), 0.05, at_least=False),
            Row("costs", "skewed", Rate(500, 1000)),
            Row("costs", "never", Rate(0, 0)),
        ]
    )
    assert held(*answers) == [None, True, True, False, False, None, None]
    assert answers[0].seen == "3 of 4"
    assert answers[1].what == "covers: 3 rounds"
    assert answers[1].expected == "at least 94 %, by 99 % interval"
    assert answers[1].seen == "95.00 % [92.91, 96.50]"
    assert answers[2].seen == "93.50 % [91.19, 95.24], beyond it"
    assert answers[6].seen == "-"


# What they share


def test_a_part_of_a_run_is_judged_as_a_run_of_its_own(tmp_path: Path) -> None:
    names = ["sync_requests", "async_httpx"]
    values = runs.run()
    run = runs.read(values)
    measured = read_measured(runs.write(tmp_path, values, runs.SAMPLES), run)
    whole = summarize(run, measured)
    assert len(whole.comparisons) == 11
    part, kept = of_targets(run, measured, names, rounds=range(1, 3), margin=0.05)
    assert {(each.target, each.round) for each in kept} == {
        (name, number) for name in names for number in (1, 2)
    }
    summary = summarize(part, kept)
    assert list(summary.targets) == names
    assert summary.run.margin == 0.05
    assert {
        (each.target, each.rounds) for each in summary.comparisons if each.kind == "baseline"
    } == {("async_httpx", 2)}


def test_loads_are_profiles() -> None:
    fixed = Load(Latency(fixed_ms=50), "200/4", 8).profile
    assert fixed.startswith('[upstream]\nlatency = { fixed_ms = 50 }\ntrust = "lab"\n')
    lognormal = Load(Latency(lognormal=Lognormal(90, 0.2)), "100/5", 12).profile
    assert "latency = { lognormal = { median_ms = 90, sigma = 0.2 } }\n" in lognormal
    assert lognormal.endswith('[load]\nlevels = ["100/5"]\nrounds = 12\n')


@pytest.mark.parametrize("arguments", [["--only", "7"], ["--only", ""], ["--onyl", "1"], ["1"]])
def test_wrong_options_are_wrong_use(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert __main__.main(arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_some_can_be_chosen() -> None:
    assert __main__.chosen_of(None) == [1, 2, 3, 4, 5, 6]
    assert __main__.chosen_of("6, 4,4") == [4, 6]
    with pytest.raises(UsageError, match="calibrations are 1 to 6"):
        __main__.chosen_of("0")


ABOUT = About(
    started="2026-01-02T03:04:05.678Z",
    minutes=34.6,
    machine={
        "cpu": "Imaginary 9000", "cores": 2, "system": "Linux", "kernel": "6.1.0",
        "implementation": "CPython", "python": "3.11.2",
    },
    options="none",
)  # fmt: skip
ANSWERS = [
    Answer(1, "Pairs", "60 of 60", "60 of 60", holds=True),
    Answer(2, "Ratio | RPS", "0.9", "0.8", holds=False),
    Answer(2, "Verdict", "stated", "slower", holds=None),
]


def test_the_page_says_when_where_and_what_held() -> None:
    page = render(ANSWERS, ABOUT)
    assert "- Date: 2026-01-02T03:04:05.678Z (UTC), 35 minutes\n" in page
    assert "- Machine: Imaginary 9000, 2 cores, Linux 6.1.0, CPython 3.11.2\n" in page
    assert "- Options: none\n" in page
    assert "Of these do not hold: 2." in page
    assert "\n## 1. Targets that are the same\n" in page
    assert "\n| Pairs | 60 of 60 | 60 of 60 | yes |\n" in page
    assert "\n| Ratio \\| RPS | 0.9 | 0.8 | **no** |\n" in page
    assert page.endswith("\n| Verdict | stated | slower | - |\n")
    assert "All hold." in render(ANSWERS[:1], ABOUT)


def test_the_figures_are_written_beside_the_page(tmp_path: Path) -> None:
    __main__.write(tmp_path / "docs", ANSWERS, {"1": {"rps": [1.5]}}, ABOUT)
    assert sorted(path.name for path in (tmp_path / "docs").iterdir()) == [
        "calibration.json",
        "calibration.md",
    ]
    values = json.loads((tmp_path / "docs" / "calibration.json").read_text())
    assert values["figures"] == {"1": {"rps": [1.5]}}
    assert values["answers"][1]["holds"] is False
