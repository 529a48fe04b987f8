"""Two runs side by side: what is different about them, what each found, and what changed from the one to the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from perflab import units
from perflab.analysis.gate.check import GateCheck
from perflab.analysis.gate.comparability import data_difference, machine_differences, question_difference
from perflab.analysis.gate.gate import compared_runs
from perflab.errors import InputError, StoreError
from perflab.report import build, sentences
from perflab.report.sections.provenance import provenance
from perflab.run.store import Run

Summary = Mapping[str, Any]

# Never the same in two runs, and no reason for other figures.
ALWAYS_DIFFERENT = ("Run", "Time by phase")
EFFECTS = (
    ("latency_s", "mean"), ("latency_s", "p50"), ("latency_s", "p95"), ("cpu_s", "mean"), ("app_cpu_s", "mean"),
    ("db_cpu_s", "mean"), ("cache_cpu_s", "mean"), ("query_count", "mean"),
)  # fmt: skip
STATISTICS = {"mean": "mean", "p50": "median", "p95": "95th percentile"}


@dataclass(frozen=True, slots=True)
class Found:
    """What one run says in one row; a dash where it says nothing."""

    levels: str = units.UNKNOWN
    change: str = units.UNKNOWN
    verdict: str = units.UNKNOWN
    queries: str = units.UNKNOWN


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: the same thing in both runs."""

    label: str
    a: Found
    b: Found


@dataclass(frozen=True)
class Comparison:
    """Two runs, A and B. `unlike` says why no change between them is computed; `changes` are B's budgets against A."""

    a: Run
    b: Run
    summary_a: Summary
    summary_b: Summary
    unlike: tuple[str, ...]
    changes: tuple[GateCheck, ...]

    @classmethod
    def of(cls, a: Run, b: Run) -> Comparison:
        """Any two runs; only like ones are held against each other. Costs the analysis of both, twice where they are alike."""
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
        return f"{self.a.run_id} and {self.b.run_id}"

    def told(self) -> list[GateCheck]:
        """The changes worth a line: times first, then the counts that are others now."""
        times = [budget for budget in self.changes if budget.kind == "timed"]
        return [
            *times,
            *(b for b in self.changes if b.kind == "exact" and (b.estimate is None or b.estimate != b.before)),
        ]

    def untold(self) -> str | None:
        """One sentence for the counts that stayed as they were."""
        same = len(self.changes) - len(self.told())
        return f"{same} counts of queries, per endpoint and cell, are the same in both." if same else None

    def warning(self) -> str | None:
        """The sentence for the top where the runs are not alike."""
        if not self.unlike:
            return None
        return f"These runs are not alike, so no change from one to the other is computed: {'; '.join(self.unlike)}."

    def facts(self) -> list[tuple[str, str, str]]:
        """The provenance that differs: name, and what only A and only B has of it."""
        a, b = dict(provenance(self.a)), dict(provenance(self.b))
        names = [*a, *(name for name in b if name not in a)]
        return [
            (name, _only(a.get(name, ""), b.get(name, "")), _only(b.get(name, ""), a.get(name, "")))
            for name in names
            if name not in ALWAYS_DIFFERENT and a.get(name) != b.get(name)
        ]

    def claims(self) -> list[Row]:
        a, b = ({claim["id"]: claim for claim in s["claims"]} for s in (self.summary_a, self.summary_b))
        return [
            Row(str((a.get(key) or b[key])["statement"]), _claim(a.get(key)), _claim(b.get(key)))
            for key in [*a, *(key for key in b if key not in a)]
        ]

    def effects(self) -> list[Row]:
        rows = []
        for metric, statistic in EFFECTS:
            a, b = (sentences.effect(s, "ALL", metric, statistic=statistic) for s in (self.summary_a, self.summary_b))
            if a is not None or b is not None:
                rows.append(Row(f"{sentences.metric(metric)}, {STATISTICS[statistic]}", _effect(a), _effect(b)))
        return rows

    def endpoints(self) -> list[Row]:
        a, b = ({e["endpoint"]: e for e in sentences.by_endpoint(s)} for s in (self.summary_a, self.summary_b))
        return [
            Row(name, _effect(a.get(name), self.summary_a), _effect(b.get(name), self.summary_b))
            for name in [*a, *(name for name in b if name not in a)]
        ]


def _unlike(a: Run, b: Run) -> Iterator[str]:
    question, data = question_difference(a, b), data_difference(a, b)
    if question is not None:
        yield question
    yield from machine_differences(a, b)
    if data is not None:
        yield data


def _only(value: str, other: str) -> str:
    """The items of a list that the other one has not."""
    there = other.split(", ")
    return ", ".join(item for item in value.split(", ") if item not in there) or units.UNKNOWN


def _claim(claim: Mapping[str, Any] | None) -> Found:
    if claim is None:
        return Found(verdict="not claimed")
    unit = claim.get("unit") or ""
    before, after = (units.in_unit(claim[side], unit) for side in ("before", "after"))
    levels = units.UNKNOWN if before == after == units.UNKNOWN else f"{before} → {after}"
    return Found(levels, sentences.estimate(claim), str(claim["verdict"]))


def _effect(row: Mapping[str, Any] | None, summary: Summary | None = None) -> Found:
    if row is None:
        return Found()
    counted = sentences.effect(summary, row["endpoint"], "query_count") if summary is not None else None
    queries = sentences.levels(counted) if counted is not None else units.UNKNOWN
    return Found(sentences.levels(row), sentences.change(row), str(row["verdict"]), queries)
