"""The page's panels: what each is of, its title, what it says, and its table."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.files.sample import Sample
from lab.files.summary_json import Summary, Verdict
from report import figures
from report.charts import latencies
from report.charts.latencies import Curve, Scale
from report.charts.palette import looks
from report.figures import Panel
from report.samples.measured import Measured, measure
from tests.support import runs
from tests.support.runs import rounds, sample
from tests.support.summaries import cell, over, summary

BASELINE = "sync_requests"
NAMES = (BASELINE, "fast", "slow", "control")

# Marks in the rows of a chart of RPS, as they are drawn: the limit of slots, and a round.
SLOTS, ROUND = "h3v18h-3Z", "h1.5v9h-1.5Z"
LOOKS = looks(NAMES[:3], BASELINE)


def said(panel: Panel) -> str:
    """What a screen reader says of its chart."""
    return panel.svg.split('aria-label="')[1].split('"')[0]


def rows(panel: Panel) -> tuple[tuple[str, ...], ...]:
    assert panel.table is not None
    assert {len(row) for row in panel.table.rows} == {len(panel.table.head)}
    return panel.table.rows


def of(folder: Path, names: Iterable[str], samples: list[Sample], **values: Any) -> Summary:
    targets = {name: {"title": name, "parent": None, "change": None} for name in names}
    return runs.summary(folder, runs.run(targets=targets, **values), samples)


def measured(samples: Iterable[Sample]) -> list[Measured]:
    return [measure(each) for each in samples]


def test_ratios_have_a_panel_a_level_with_the_targets_in_one_order() -> None:
    """`fast` is first at both levels and `slow` last at one, though it is second at the other."""
    cells = [
        cell("slow", 60.0, level="150/30"), cell(BASELINE, 50.0, level="150/30"),
        cell("fast", 100.0, level="150/30"), cell("slow", 30.0), cell(BASELINE, 50.0),
        cell("fast", 200.0),
    ]  # fmt: skip
    comparisons = [
        over("slow", 1.2, level="150/30"),
        over("fast", 2.0, (1.5, 2.5), "faster", level="150/30"),
        over("slow", 0.6),
        over("fast", 4.0, (3.5, 4.5), "faster"),
        over("fast", 9.0, kind="parent"),
        over("fast", 9.0, metric="latency_mean_s"),
        over("control", 9.0, kind="control"),
    ]

    small, large = figures.ratios(summary(cells, comparisons), LOOKS, BASELINE)

    assert (small.title, large.title) == (
        "150/30: fast 2.00\N{MULTIPLICATION SIGN} [1.50, 2.50]",
        "1000/100: fast 4.00\N{MULTIPLICATION SIGN} [3.50, 4.50]",
    )
    assert said(small) == (
        "RPS over that of sync_requests at 150/30, with 95 % intervals: "
        "fast 2.00 [1.50, 2.50] times, slow 1.20 times"
    )
    assert said(large).endswith(
        "at 1000/100, with 95 % intervals: fast 4.00 [3.50, 4.50] times, slow 0.60 times"
    )


def test_the_confidence_of_ratios_is_that_of_the_run() -> None:
    comparison = over("fast", 2.0, (1.5, 2.5), "faster")
    whole = summary([cell("fast", 100.0)], [comparison], confidence=0.97)

    (panel,) = figures.ratios(whole, LOOKS, BASELINE)

    assert ", with 97 % intervals: " in said(panel)


def test_a_ratio_of_one_round_has_no_interval_in_its_title() -> None:
    cells = [cell("fast", 100.0), cell("slow", 40.0), cell(BASELINE, 50.0)]

    (panel,) = figures.ratios(
        summary(cells, [over("fast", 2.0), over("slow", None)]), LOOKS, BASELINE
    )

    assert panel.title == "1000/100: fast 2.00\N{MULTIPLICATION SIGN}"
    assert said(panel).endswith(": fast 2.00 times, slow not compared")


@pytest.mark.parametrize(
    ("verdict", "hollow"),
    [("faster", 0), ("slower", 0), ("equivalent", 0), ("inconclusive", 1), (None, 1)],
)
def test_a_mark_is_hollow_until_there_is_a_verdict(verdict: Verdict | None, hollow: int) -> None:
    cells = [cell("fast", 100.0), cell(BASELINE, 50.0)]

    (panel,) = figures.ratios(
        summary(cells, [over("fast", 2.0, (1.5, 2.5), verdict)]), LOOKS, BASELINE
    )

    assert panel.svg.count('fill="var(--paper)"') == hollow


def test_where_no_ratio_is_known_there_is_nothing_to_compare() -> None:
    (panel,) = figures.ratios(summary([cell("fast", None)], [over("fast", None)]), LOOKS, BASELINE)

    assert panel.title == "1000/100: nothing to compare"
    assert said(panel).endswith(": fast not compared")


def test_requests_per_second_have_a_panel_a_level_with_what_bounds_them() -> None:
    cells = [
        cell(BASELINE, 50.0, (45.0, 56.0), closed_loop=300.0, slots=250.0, cpu=54.05),
        cell("fast", 204.4, (190.0, 220.4), closed_loop=290.0, cpu=1234.0),
        cell("slow", 900.0, ranked=False),
        cell("control", 800.0, closed_loop=9000.0),
    ]

    (panel,) = figures.rps(summary(cells), LOOKS)

    assert panel.title == "1000/100: 204 RPS of 300 possible"
    assert said(panel) == (
        "Requests per second at 1000/100, with 95 % intervals; the level allows 300: "
        "fast 204 [190, 220], sync_requests 50.0 [45.0, 56.0], slow 900"
    )
    assert panel.svg.count(SLOTS) == 1
    assert rows(panel) == (
        ("fast", "204", "190", "220", "290", "-", "1234"),
        (BASELINE, "50.0", "45.0", "56.0", "300", "250", "54.0"),
        ("slow", "900", "-", "-", "-", "-", "-"),
    )
    assert panel.table
    assert panel.table.head == (
        "target", "RPS", "from", "to", "limit of the level", "of its slots", "of its CPU time",
    )  # fmt: skip


def test_each_round_is_marked_in_the_row_of_its_target() -> None:
    cells = [
        cell("fast", 200.0, rounds=(190.0, 200.0, 210.0)),
        cell(BASELINE, 50.0, rounds=(50.0,)),
        cell("slow", None),
    ]

    (panel,) = figures.rps(summary(cells), LOOKS)

    assert panel.svg.count(ROUND) == 4


@pytest.mark.parametrize(("more", "marks"), [(0, 600), (1, 0)])
def test_of_a_page_with_more_than_six_hundred_rounds_none_is_marked(more: int, marks: int) -> None:
    """Of all targets at all levels: 200 each at one, and 100 each at the other."""
    cells = [
        cell("fast", 200.0, level="150/30", rounds=(200.0,) * 200),
        cell(BASELINE, 50.0, level="150/30", rounds=(50.0,) * 200),
        cell("fast", 200.0, rounds=(200.0,) * 100),
        cell(BASELINE, 50.0, rounds=(50.0,) * (100 + more)),
    ]

    panels = figures.rps(summary(cells), LOOKS)

    assert sum(panel.svg.count(ROUND) for panel in panels) == marks
    assert [panel.title for panel in panels] == ["150/30: 200 RPS", "1000/100: 200 RPS"]


def test_without_a_limit_none_is_told() -> None:
    (panel,) = figures.rps(summary([cell("fast", 200.0)]), LOOKS)

    assert panel.title == "1000/100: 200 RPS"
    assert "allows" not in said(panel)
    assert "stroke-dasharray" not in panel.svg
    assert SLOTS not in panel.svg


def test_a_run_without_a_figure_has_its_rows_and_no_other_panel() -> None:
    empty = summary([cell("fast", None), cell(BASELINE, None)])

    (panel,) = figures.rps(empty, LOOKS)
    assert rows(panel) == (("fast",) + ("-",) * 6, (BASELINE,) + ("-",) * 6)
    assert figures.curves(empty, [], LOOKS) == []
    assert figures.over_time(empty, [], LOOKS) == []


def test_percentiles_are_those_of_all_rounds_and_the_control_is_left_out(tmp_path: Path) -> None:
    """Of 450 answers a tenth is slow; of P99 450 do not tell, the curve ends at 445: 98.9 %."""
    samples = [
        *rounds(BASELINE, 50, 50, 50),
        *rounds("fast", 100, 100, 100, fast_s=0.125, slow_s=0.75),
        *rounds("control", 50, 50, 50),
    ]

    (panel,) = figures.curves(
        of(tmp_path, (BASELINE, "fast", "control"), samples), measured(samples), LOOKS
    )

    assert panel.title == "150/30: half within 0.12 s to 0.25 s"
    assert said(panel) == (
        "Latency by percentile of all requests at 150/30: fast 98.9 % within 0.75 s, "
        "sync_requests 98.9 % within 1.50 s"
    )
    assert panel.key == ("fast", BASELINE)
    assert rows(panel) == (
        ("fast", "450", "0.12", "0.12", "-"),
        (BASELINE, "450", "0.25", "0.25", "-"),
    )


def test_what_half_of_the_requests_took_is_the_median_of_the_table(tmp_path: Path) -> None:
    """520 of 1000 took 0.25 s, the others 1.5 s: P50 is 0.25 s, and P55 is not."""
    base = sample(BASELINE, 1, 10.0, level="1000/100")
    samples = [replace(base, latencies_s=(0.25,) * 520 + (1.5,) * 480)]

    (panel,) = figures.curves(
        of(tmp_path, [BASELINE], samples, levels=("1000/100",)), measured(samples), LOOKS
    )

    assert rows(panel)[0][2] == "0.25"
    assert panel.title == "1000/100: half within 0.25 s"
    assert said(panel) == (
        "Latency by percentile of all requests at 1000/100: sync_requests 99 % within 1.50 s"
    )


def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Curve]:
    """The curves of each chart that is made from here on."""
    found: list[Curve] = []
    draw_curves = latencies.curves

    def curves(of: Sequence[Curve], span: Scale) -> dict[str, Any]:
        found.extend(of)
        return draw_curves(of, span)

    monkeypatch.setattr(latencies, "curves", curves)
    return found


@pytest.mark.parametrize(
    ("answers", "marked", "last"),
    [
        (1000, [(0.5, 500.0), (0.9, 900.0)], (0.99, 990.0)),
        (40, [(0.5, 20.0)], (0.875, 35.0)),
        (50, [(0.5, 25.0), (0.9, 45.0)], (0.9, 45.0)),
        (10, [(0.5, 5.0)], (0.5, 5.0)),
        (8, [], (0.375, 3.0)),
    ],
    ids=["all", "up to P87.5", "up to P90", "up to P50", "less than half"],
)
def test_a_curve_has_the_percentiles_that_are_marked_exactly(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answers: int,
    marked: list[tuple[float, float]],
    last: tuple[float, float],
) -> None:
    """1, 2, ... as many s as there are answers; five lie beyond the end, and none is told twice."""
    level = f"{answers}/1"
    base = sample(BASELINE, 1, 10.0, level=level)
    samples = [replace(base, latencies_s=tuple(float(rank) for rank in range(1, answers + 1)))]
    curves = drawn(monkeypatch)

    (panel,) = figures.curves(
        of(tmp_path, [BASELINE], samples, levels=[level]), measured(samples), LOOKS
    )

    (curve,) = curves
    points = list(zip(curve.shares, curve.latencies_s, strict=True))
    assert panel.key == (BASELINE,)
    assert [point for point in points if point[0] in (0.5, 0.9)] == marked
    assert points[0] == (0.0, 1.0)
    assert points[-1] == last
    assert list(curve.shares) == sorted(set(curve.shares))


def test_only_the_fastest_eight_have_curves_and_all_have_rows(tmp_path: Path) -> None:
    names = [f"t{number}" for number in range(10)]
    samples = [each for rank, name in enumerate(names) for each in rounds(name, 100 - rank)]

    (panel,) = figures.curves(
        of(tmp_path, names, samples, baseline="t0", asked=1, done=1),
        measured(samples),
        looks(names, "t0"),
    )

    assert [f"{name} " in said(panel) for name in names] == [True] * 8 + [False] * 2
    assert panel.key == tuple(names[:8])
    assert [row[0] for row in rows(panel)] == names


@pytest.mark.parametrize(("refused", "panels"), [(145, 0), (144, 1)])
def test_five_answers_or_fewer_have_no_curve(tmp_path: Path, refused: int, panels: int) -> None:
    samples = [sample(BASELINE, 1, 3.0, refused=refused)]

    found = figures.curves(of(tmp_path, [BASELINE], samples), measured(samples), LOOKS)

    assert len(found) == panels


def test_the_sample_of_the_slowest_request_is_shown_over_its_time(tmp_path: Path) -> None:
    samples = [
        *rounds(BASELINE, 50, 50, 50, stalled=(2,)),
        *rounds("fast", 100, 100, 100, slow_s=1.0),
        *rounds("control", 50, 50, 50),
    ]

    (group,) = figures.over_time(
        of(tmp_path, (BASELINE, "fast", "control"), samples), measured(samples), LOOKS
    )

    assert group.title == "150/30"
    assert [(each.title, each.note, each.look) for each in group.panels] == [
        ("fast", "round 1, at most 1.00 s", LOOKS["fast"]),
        (BASELINE, "round 2, at most 4.00 s", LOOKS[BASELINE]),
    ]
    assert said(group.panels[1]) == (
        "Latency over the time of round 2 of sync_requests at 150/30: at most 4.00 s"
    )


def test_a_sample_over_its_time_has_a_row_a_part(tmp_path: Path) -> None:
    """Of 150 answers, all are in one of 15 parts; where there is none, there is no latency."""
    samples = rounds(BASELINE, 50)

    (group,) = figures.over_time(of(tmp_path, [BASELINE], samples), measured(samples), LOOKS)
    table = rows(group.panels[0])

    assert len(table) == 15
    assert sum(int(answers) for _, answers, _, _ in table) == 150
    assert all((row[2:] == ("-", "-")) == (row[1] == "0") for row in table)
    assert max(longest for *_, longest in table if longest != "-") == "1.50"


@pytest.mark.parametrize(("answers", "groups"), [(19, 0), (20, 1)])
def test_a_sample_of_few_answers_is_not_shown_over_its_time(
    tmp_path: Path, answers: int, groups: int
) -> None:
    samples = [sample(BASELINE, 1, 3.0, refused=150 - answers)]

    found = figures.over_time(of(tmp_path, [BASELINE], samples), measured(samples), LOOKS)

    assert len(found) == groups


def test_a_sample_without_an_answer_is_not_shown_over_its_time(tmp_path: Path) -> None:
    samples = [
        sample(BASELINE, 1, 3.0, refused=150),
        sample(BASELINE, 2, 3.0),
        sample("fast", 1, 3.0, refused=150),
    ]

    (group,) = figures.over_time(
        of(tmp_path, (BASELINE, "fast"), samples), measured(samples), LOOKS
    )

    assert [(each.title, each.note) for each in group.panels] == [
        (BASELINE, "round 2, at most 1.50 s")
    ]
