"""Comparisons: paired ratios of two targets in the same rounds, and the verdicts on them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from lab.condition import Condition
from lab.files.summary_json import Cell, Comparison, Kind, Metric, Unstalled, Verdict, terms_of
from lab.names import CONTROL, REFERENCE
from report.samples.measured import METRICS, RPS
from report.statistics.interval import Interval, geometric
from report.statistics.verdict import (
    INCONCLUSIVE,
    SIGNIFICANCE,
    adjust,
    adjust_family,
    judge,
    p_beyond,
    rounds_needed,
)

# What is compared by RPS alone.
RPS_ALONE: tuple[Kind, ...] = ("reference", "best")
Key = tuple[str, Condition]


@dataclass(frozen=True)
class Pair:
    """A target under a condition, and what it is compared with there."""

    kind: Kind
    target: str
    baseline: str
    at: Condition

    @property
    def keys(self) -> tuple[Key, Key]:
        return (self.target, self.at), (self.baseline, self.at)


@dataclass(frozen=True)
class Judged:
    """A ratio of RPS with its verdict and P values, which were adjusted for `adjusted_for` ratios.

    `beyond_adjusted` is that of its lying beyond the margin, where one is asked for.
    """

    ratio: Interval
    p_adjusted: float | None = None
    adjusted_for: int | None = None
    verdict: Verdict | None = None
    beyond_adjusted: float | None = None


def pairs(
    parents: Mapping[str, str | None], baseline: str, conditions: Sequence[Condition]
) -> Iterator[Pair]:
    """Every target with the baseline, a child with its parent too; the control with its own.

    Where nginx was measured too, every target with that as well. `parents` are those of all
    targets that were measured, by name.
    """
    for at in conditions:
        for name, parent in parents.items():
            if name == CONTROL:
                yield Pair("control", name, baseline, at)
                continue
            if name == REFERENCE:
                continue
            if REFERENCE in parents:
                yield Pair("reference", name, REFERENCE, at)
            if name != baseline:
                yield Pair("baseline", name, baseline, at)
            if parent is not None and parent in parents:
                yield Pair("parent", name, parent, at)


def best_pairs(field: Sequence[Cell]) -> Iterator[Pair]:
    """The first of the ranked cells of a condition, which has most RPS, with every other."""
    for other in field[1:]:
        yield Pair("best", field[0].target, other.target, other.at)


def by_cell(frame: pd.DataFrame) -> dict[Key, pd.DataFrame]:
    """The rows of each cell, in the order of its rounds."""
    ordered = frame.sort_values("round")
    return {
        (str(rows["target"].iloc[0]), rows["at"].iloc[0]): rows
        for _, rows in ordered.groupby(["target", "at"])
    }


@dataclass(frozen=True)
class Rules:
    """What ratios are judged by: the margin (0.1 for 10 %), the intervals' confidence, and the
    level under which an adjusted P value must be.

    `adjusts_equivalence`: one that is to be called equivalent has such a P value, too.
    """

    margin: float
    confidence: float
    significance: float = SIGNIFICANCE
    adjusts_equivalence: bool = False


class Comparisons:
    """Every ratio of a run.

    `frame` has a row for each round and cell that is valid, with `METRICS`; `stalled`
    holds the rounds of such cells in which the service stood still.
    """

    def __init__(
        self,
        all_pairs: Sequence[Pair],
        frame: pd.DataFrame,
        stalled: Mapping[Key, set[int]],
        rules: Rules,
    ) -> None:
        self._pairs = all_pairs
        self._rules = rules
        self._stalled = stalled
        self._series = {
            key: rows.set_index("round")[list(METRICS)] for key, rows in by_cell(frame).items()
        }
        self.with_all = self._judge(without_stalls=False)
        self.without_stalls = self._judge(without_stalls=True) if any(stalled.values()) else {}

    def ratio(self, pair: Pair, metric: Metric, *, without_stalls: bool = False) -> Interval:
        """The paired ratio; of no rounds where one of the two is not ranked."""
        if any(key not in self._series for key in pair.keys):
            return Interval()
        ours, theirs = (self._series[key][metric] for key in pair.keys)
        # Only rounds in which both were measured.
        ratios = (ours / theirs).dropna()
        if without_stalls:
            stalls = set[int]().union(*(self._stalled.get(key, set()) for key in pair.keys))
            ratios = ratios[~ratios.index.isin(stalls)]
        return geometric(ratios.tolist(), confidence=self._rules.confidence)

    def _judge(self, *, without_stalls: bool) -> dict[Pair, Judged]:
        """RPS ratios with verdicts.

        One adjustment covers all that are shown but the control's and the best's. Two targets
        under a condition count once, also where one is the other's parent and its baseline. The
        control has an adjustment of its own, over conditions (Bonferroni), and so have the
        comparisons of the best under one (Holm): who leads is one statement, and false if any of
        them is. nginx is no rival: ratios to it have neither verdict nor P value.
        """
        ratios = {
            pair: self.ratio(pair, RPS, without_stalls=without_stalls) for pair in self._pairs
        }
        adjusted = _adjusted({pair: r.p for pair, r in ratios.items() if r.p is not None})
        beyond = {}
        if self._rules.adjusts_equivalence:
            margin = self._rules.margin
            beyond = _adjusted({pair: p_beyond(ratios[pair], margin=margin) for pair in adjusted})
        judged = {}
        for pair, ratio in ratios.items():
            p, count = adjusted.get(pair, (None, None))
            outside, _ = beyond.get(pair, (None, None))
            verdict = judge(
                ratio,
                p,
                margin=self._rules.margin,
                significance=self._rules.significance,
                beyond_adjusted=outside,
            )
            judged[pair] = Judged(ratio, p, count, verdict, outside)
        return judged

    def compared(self) -> list[Comparison]:
        """All of them, as the summary has them: every metric, RPS alone for some kinds."""
        return [
            self._compared(pair, metric)
            for pair in self._pairs
            for metric in METRICS
            if metric == RPS or pair.kind not in RPS_ALONE
        ]

    def _needed(self, *judged: Judged | None) -> int:
        """How many more rounds settle all of them."""
        return max(
            rounds_needed(
                each.ratio,
                each.p_adjusted,
                margin=self._rules.margin,
                confidence=self._rules.confidence,
                significance=self._rules.significance,
                beyond_adjusted=each.beyond_adjusted,
            )
            for each in judged
            if each and each.p_adjusted is not None
        )

    def _compared(self, pair: Pair, metric: Metric) -> Comparison:
        judged = self.with_all[pair] if metric == RPS else Judged(self.ratio(pair, metric))
        spoilt = any(self._stalled.get(key) for key in pair.keys)
        told_twice = metric == RPS and spoilt and judged.ratio.count
        other = self.without_stalls.get(pair) if told_twice else None
        verdict = judged.verdict
        # It stands only if it does not hang on rounds in which a service stood still.
        if other and other.verdict != verdict:
            verdict = INCONCLUSIVE if verdict else None
        ratio = judged.ratio
        needed = None
        if verdict == INCONCLUSIVE:
            needed = self._needed(judged, other)
        return Comparison(
            kind=pair.kind,
            target=pair.target,
            baseline=pair.baseline,
            requests=pair.at.level.requests,
            concurrency=pair.at.level.concurrency,
            condition=terms_of(pair.at),
            metric=metric,
            rounds=ratio.count,
            ratio=ratio.value,
            low=ratio.low,
            high=ratio.high,
            p_adjusted=judged.p_adjusted,
            adjusted_for=judged.adjusted_for,
            verdict=verdict,
            rounds_needed=needed,
            without_stalls=_unstalled(other) if other else None,
        )


def _unstalled(judged: Judged) -> Unstalled:
    ratio = judged.ratio
    return Unstalled(
        rounds=ratio.count,
        ratio=ratio.value,
        low=ratio.low,
        high=ratio.high,
        verdict=judged.verdict,
    )


def _adjusted(p_values: Mapping[Pair, float]) -> dict[Pair, tuple[float, int]]:
    """The P value of each pair, adjusted, and for how many ratios."""
    shown = {
        frozenset(pair.keys): p
        for pair, p in p_values.items()
        if pair.kind in ("baseline", "parent")
    }
    of_shown = dict(zip(shown, adjust(list(shown.values())), strict=True))
    controls = sum(1 for pair in p_values if pair.kind == "control")
    of_best: dict[Pair, tuple[float, int]] = {}
    for at in dict.fromkeys(pair.at for pair in p_values):
        family = [pair for pair in p_values if (pair.kind, pair.at) == ("best", at)]
        ps = adjust_family([p_values[pair] for pair in family])
        of_best |= {pair: (p, len(family)) for pair, p in zip(family, ps, strict=True)}
    adjusted = {}
    for pair, p in p_values.items():
        if pair.kind == "best":
            adjusted[pair] = of_best[pair]
        elif pair.kind == "control":
            adjusted[pair] = min(1.0, p * controls), controls
        elif pair.kind != "reference":
            adjusted[pair] = of_shown[frozenset(pair.keys)], len(shown)
    return adjusted
