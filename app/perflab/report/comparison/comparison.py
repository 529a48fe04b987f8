"""Two runs side by side: how they differ, what each measured, and what changed from one to the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from perflab import units
from perflab.analysis.gate.check import GateCheck
from perflab.analysis.gate.comparability import data_difference, machine_differences, question_difference
from perflab.analysis.gate.gate import compared_runs
from perflab.errors import InputError, StoreError
from perflab.report import build, estimates, lookup
from perflab.report.first_page.spent import level
from perflab.report.sections.provenance import provenance
from perflab.run.cells import ALL
from perflab.run.metrics import title_of
from perflab.run.records import ClaimResult, Effect
from perflab.run.store import Run
from perflab.run.summary import Summary

# Different in any two runs, and no reason for other figures.
ALWAYS_DIFFERENT = ("Run", "Time by phase")
EFFECTS = (
    ("latency_s", "mean"), ("latency_s", "p50"), ("latency_s", "p95"), ("cpu_s", "mean"), ("app_cpu_s", "mean"),
    ("db_cpu_s", "mean"), ("cache_cpu_s", "mean"), ("query_count", "mean"),
)  # fmt: skip
STATISTICS = {"mean": "mean", "p50": "median", "p95": "95th percentile"}


@dataclass(frozen=True, slots=True)
class Reading:
    """What one run measured in one row; a dash where it measured nothing."""

    levels: str = units.UNKNOWN
    change: str = units.UNKNOWN
    verdict: str = units.UNKNOWN
    queries: str = units.UNKNOWN


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One line of a table: the same thing in both runs."""

    label: str
    a: Reading
    b: Reading


@dataclass(frozen=True)
class Comparison:
    """Two runs, A and B. `unlike` holds the reasons why no change is computed; `changes` are B's gate checks against A."""

    a: Run
    b: Run
    summary_a: Summary
    summary_b: Summary
    unlike: tuple[str, ...]
    changes: tuple[GateCheck, ...]

    @classmethod
    def of(cls, a: Run, b: Run) -> Comparison:
        """Compare any two runs; changes are computed only between comparable ones.

        Costs the analysis of both, twice where they are comparable.

        Args:
            a: The earlier run.
            b: The later run.
        """
        unlike = list(_unlike(a, b))
        changes: list[GateCheck] = []
        if not unlike:
            try:
                changes = compared_runs(b, a)
            except (InputError, StoreError) as error:
                unlike.append(error.what)
        return cls(a, b, build(a), build(b), tuple(unlike), tuple(changes))

    @property
    def title(self) -> str:
        """The names of both runs."""
        return f"{self.a.run_id} and {self.b.run_id}"

    def notable(self) -> list[GateCheck]:
        """Return the changes worth a line: times first, of an endpoint only where it is worse, then the counts that differ."""
        times = [b for b in self.changes if b.kind == "timed" and (b.is_required or b.verdict == "worse")]
        counts = [b for b in self.changes if b.kind == "exact" and not self._is_same(b)]
        return [*times, *counts]

    def unchanged(self) -> str | None:
        """Return one sentence for the counts that stayed the same; None where there are none."""
        same = sum(check.kind == "exact" and self._is_same(check) for check in self.changes)
        return f"{same} query counts (one per endpoint, over all cells) are the same in both runs." if same else None

    @staticmethod
    def _is_same(check: GateCheck) -> bool:
        """Return whether a count is the same; queries that moved between requests have the same sum and are worse."""
        return check.estimate is not None and check.estimate == check.before and check.verdict != "worse"

    def warning(self) -> str | None:
        """Return the sentence for the top where the runs are not comparable."""
        if not self.unlike:
            return None
        return f"These runs are not comparable, so no change between them is computed: {'; '.join(self.unlike)}."

    def facts(self) -> list[tuple[str, str, str]]:
        """Return the provenance that differs: name, what only A has of it, and what only B has."""
        a, b = dict(provenance(self.a)), dict(provenance(self.b))
        return [
            (name, _only(a.get(name, ""), b.get(name, "")), _only(b.get(name, ""), a.get(name, "")))
            for name in _in_either(a, b)
            if name not in ALWAYS_DIFFERENT and a.get(name) != b.get(name)
        ]

    def claims(self) -> list[ComparisonRow]:
        """Return a row for each claim of either run."""
        a, b = ({claim.id: claim for claim in s.claims} for s in (self.summary_a, self.summary_b))
        return [
            ComparisonRow((a.get(key) or b[key]).statement, _claim(a.get(key)), _claim(b.get(key)))
            for key in _in_either(a, b)
        ]

    @property
    def is_alone(self) -> bool:
        """Whether both are runs without factors, which have levels and no effects."""
        return bool(self.summary_a.levels and self.summary_b.levels)

    def effects(self) -> list[ComparisonRow]:
        """Return a row for each metric over all requests."""
        rows = []
        for metric, statistic in EFFECTS if self.is_alone else ():
            levels = [lookup.level(s, ALL, metric, statistic) for s in (self.summary_a, self.summary_b)]
            if any(row is not None for row in levels):
                label = f"{title_of(metric)}, {STATISTICS[statistic]}"
                rows.append(ComparisonRow(label, *map(_level, levels)))
        for metric, statistic in EFFECTS:
            a, b = (lookup.effect(s, metric=metric, statistic=statistic) for s in (self.summary_a, self.summary_b))
            if a is not None or b is not None:
                rows.append(ComparisonRow(f"{title_of(metric)}, {STATISTICS[statistic]}", _effect(a), _effect(b)))
        return rows

    def endpoints(self) -> list[ComparisonRow]:
        """Return a row for each endpoint of either run."""
        if self.is_alone:
            levels_a, levels_b = (
                {row["endpoint"]: row for row in lookup.levels(s)} for s in (self.summary_a, self.summary_b)
            )
            return [
                ComparisonRow(
                    name, _level(levels_a.get(name), self.summary_a), _level(levels_b.get(name), self.summary_b)
                )
                for name in _in_either(levels_a, levels_b)
            ]
        a, b = ({effect.endpoint: effect for effect in lookup.by_endpoint(s)} for s in (self.summary_a, self.summary_b))
        return [
            ComparisonRow(name, _effect(a.get(name), self.summary_a), _effect(b.get(name), self.summary_b))
            for name in _in_either(a, b)
        ]


def _in_either(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[str]:
    """The keys of both, those of the first in front."""
    return list(dict.fromkeys([*a, *b]))


def _unlike(a: Run, b: Run) -> Iterator[str]:
    question, data = question_difference(a, b), data_difference(a, b)
    if question is not None:
        yield question
    yield from machine_differences(a, b)
    if data is not None:
        yield data


def _only(value: str, other: str) -> str:
    """The items of a list that the other list does not have."""
    others = other.split(", ")
    return ", ".join(item for item in value.split(", ") if item not in others) or units.UNKNOWN


def _claim(claim: ClaimResult | None) -> Reading:
    if claim is None:
        return Reading(verdict="not claimed")
    before, after = estimates.claim_levels(claim)
    levels = units.UNKNOWN if before == after == units.UNKNOWN else f"{before} → {after}"
    return Reading(levels, str(estimates.estimate(claim)), claim.verdict)


def _level(row: Any, summary: Summary | None = None) -> Reading:
    """What a run without factors measured: the level, and its interval where others have the change."""
    if row is None:
        return Reading()
    counted = None if summary is None else lookup.level(summary, row["endpoint"], "query_count")
    text = level(row)
    return Reading(text.value, text.interval or units.UNKNOWN, queries=level(counted).value)


def _effect(effect: Effect | None, summary: Summary | None = None) -> Reading:
    if effect is None:
        return Reading()
    counted = None if summary is None else lookup.effect(summary, effect.endpoint, "query_count")
    queries = estimates.levels(counted) if counted is not None else units.UNKNOWN
    return Reading(estimates.levels(effect), str(estimates.change(effect)), effect.verdict, queries)
