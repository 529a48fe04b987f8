"""What changed within one run, from one cell to another: by its switches, or by the code where a factor is two revisions.

A run whose factor has the kind `code` has replayed both revisions in turns on one machine, so all that differs is the pull
request's. Queries are compared request by request; a Step whose count differs between identical cells is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from perflab.analysis.responses.answers import CLASSES as OF_RESPONSES
from perflab.analysis.responses.equivalence import changed_answers
from perflab.analysis.stats.pairs import Bools, Pairs
from perflab.analysis.summary import answers_of, arranged
from perflab.report import lookup
from perflab.report.comment.changes import Change, Changes, Subject, worst_first
from perflab.report.comment.times import notes_on_times, times_of
from perflab.report.first_page.causes import causes
from perflab.report.sections.revisions import index_changes, package_changes
from perflab.report.sentences import all_or
from perflab.run.cells import BASELINE, OPTIMISED, TWIN, TWIN_OFF, WHOLE, contrast_name, leave_one_out
from perflab.run.records import Finding
from perflab.run.store import Run
from perflab.run.summary import Summary
from perflab.units import count, counted, listed, seconds

CODE = "code"
# Wrong whatever a change is for.
NEVER_EXPECTED = frozenset({"cross_user_leak", "stale", "aged"})


@dataclass(frozen=True, slots=True)
class CodeFactor:
    """A factor whose levels are two versions of the code: its name, and what each version is called."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared within a run: two cells, and the name that their contrast has in its effects."""

    subject: Subject
    baseline: str
    candidate: str
    contrast: str
    before: str
    after: str
    factor: str | None = None

    @classmethod
    def of(cls, run: Run) -> Comparison:
        """Return the comparison of the two revisions where a factor is the code, else that of everything on and off.

        Beside other factors the code is compared with all of them on, which is how the project runs.
        """
        code = code_factor(run.scenario)
        if code is None:
            return cls("switches", BASELINE, OPTIMISED, WHOLE, "everything off", "everything on")
        if len(run.factors) == 1:
            return cls("pull request", BASELINE, OPTIMISED, WHOLE, code.before, code.after, code.name)
        cells = leave_one_out(code.name, run.factors)
        contrast = contrast_name("leave-one-out", code.name)
        return cls("pull request", cells.baseline, cells.candidate, contrast, code.before, code.after, code.name)


def code_factor(scenario: Mapping[str, Any]) -> CodeFactor | None:
    """Return the first factor whose levels are versions of the code; None without one.

    Args:
        scenario: The scenario as run.json keeps it.
    """
    for factor in scenario.get("factors") or ():
        if factor.get("kind") == CODE:
            return CodeFactor(str(factor["name"]), _version(factor.get("off")), _version(factor.get("on")))
    return None


def _version(level: Any) -> str:
    if not isinstance(level, Mapping):
        return str(level or "the working tree")
    return str(level.get("revision") or level.get("patch") or "the working tree")


def changes_within(run: Run, summary: Summary) -> Changes:
    """Return what changed within a run, from its baseline to its optimised cell or from one revision to the other.

    Args:
        run: The run, which is complete.
        summary: Its summary.
    """
    comparison, pairs = Comparison.of(run), arranged(run)
    expected = run.scenario.get("expect") or {}
    responses, compared, of_responses = _responses(run, pairs, comparison, summary)
    query_counts, of_queries = _queries(pairs, comparison, summary)
    time, of_times = times_of(run, summary, comparison.contrast)
    return Changes(
        subject=comparison.subject,
        scenario=run.scenario_name,
        run_id=run.run_id,
        before=comparison.before,
        after=comparison.after,
        responses=responses if compared else None,
        query_counts=query_counts,
        time=time,
        rows=worst_first(
            [
                *_errors(pairs, comparison),
                *_expected(of_responses, expected.get("changed_responses"), _unexpected(summary, comparison)),
                *_further(summary, comparison),
                *_expected(of_queries, expected.get("more_queries")),
                *_expected(of_times, expected.get("slower")),
            ]
        ),
        notes=(*_notes(summary, compared), *_schema(run), *notes_on_times(summary, comparison.contrast)),
    )


def _expected(
    rows: Iterable[Change], names: Collection[str] | None, never: Collection[str] = frozenset()
) -> Iterator[Change]:
    """Yield the rows, with those that the scenario expects marked as such.

    Args:
        rows: What changed.
        names: The endpoints that may change so.
        never: Endpoints at which more than that is wrong.
    """
    accepted = {all_or(name) for name in names or ()} - {*never}
    for row in rows:
        if row.what in accepted and row.verdict in ("worse", "changed"):
            row = replace(row, verdict="expected")
        yield row


def _unexpected(summary: Summary, comparison: Comparison) -> set[str]:
    """Return the endpoints whose responses are wrong in a way that no change is meant to be."""
    return {str(finding.endpoint) for finding in _own(summary, comparison) if finding.kind in NEVER_EXPECTED}


def _errors(pairs: Pairs, comparison: Comparison) -> Iterator[Change]:
    """Yield a row where more requests fail than before, warm-up included."""
    counts = dict(zip(pairs.cells, pairs.failures().sum(axis=0).tolist(), strict=True))
    new, old = counts.get(comparison.candidate, 0), counts.get(comparison.baseline, 0)
    if new > old:
        yield Change("errors", "worse", f"{counted(new, 'request fails', 'requests fail')}, and {old:,} before.")


def _responses(run: Run, pairs: Pairs, comparison: Comparison, summary: Summary) -> tuple[int, int, list[Change]]:
    """Return how many responses differ, how many were compared, and a row for each endpoint that has some."""
    answers = answers_of(run, pairs)
    rows, changed, compared = [], 0, 0
    for name in sorted(set(pairs.of_steps("endpoint").astype(str))):
        counts = changed_answers(pairs, comparison.candidate, comparison.baseline, [name], answers)
        changed, compared = changed + counts.changed, compared + counts.compared
        if counts.changed:
            reasons = [f.sentence for f in _own(summary, comparison) if f.endpoint == name and f.kind in OF_RESPONSES]
            sentence = f"{counts.changed:,} of {counted(counts.compared, 'response')} differ"
            sentence += f": {reasons[0]}" if reasons else "."
            rows.append(Change(name, "worse" if reasons else "changed", sentence))
    return changed, compared, rows


def _queries(pairs: Pairs, comparison: Comparison, summary: Summary) -> tuple[int | None, list[Change]]:
    """Return how many endpoints make another number of queries, and a row for each."""
    pairs = Pairs.of(pairs)
    counts = pairs.values("query_count")
    old, new = pairs.column(comparison.baseline), pairs.column(comparison.candidate)
    if old is None or new is None:
        return None, []
    compared = np.isfinite(counts[:, old]) & np.isfinite(counts[:, new]) & _stable(pairs, counts)
    difference = np.where(compared, counts[:, new] - counts[:, old], 0.0)
    endpoints = pairs.of_steps("endpoint").astype(str).to_numpy()
    rows = []
    for name in sorted(set(endpoints[difference != 0])):
        own = (endpoints == name) & compared
        more, fewer = int((difference[own] > 0).sum()), int((difference[own] < 0).sum())
        means = [count(float(counts[own, cell].mean())) for cell in (old, new)]
        parts = [f"{word} in {number:,}" for number, word in ((more, "more"), (fewer, "fewer")) if number]
        sentence = (
            f"{means[0]} → {means[1]} queries in a request: {listed(parts)} of {counted(int(own.sum()), 'request')}."
        )
        line = _line_of_queries(summary, comparison, name) if more else None
        rows.append(Change(name, "worse" if more else "better", sentence, line))
    return (len(rows) if compared.any() else None), rows


def _stable(pairs: Pairs, counts: Any) -> Bools:
    """Return the Steps whose number of queries is the same in identical cells."""
    stable = np.ones(len(counts), dtype=bool)
    for cell, control in ((BASELINE, TWIN_OFF), (OPTIMISED, TWIN)):
        here, there = pairs.column(cell), pairs.column(control)
        if here is not None and there is not None:
            differs = counts[:, here] != counts[:, there]
            stable &= ~(differs & np.isfinite(counts[:, here]) & np.isfinite(counts[:, there]))
    return stable


def _line_of_queries(summary: Summary, comparison: Comparison, endpoint: str) -> str | None:
    """Return the line whose queries became more, by the check requests; None where none is known."""
    times: dict[str, float] = {}
    for row in summary.queries:
        sign = {comparison.candidate: 1.0, comparison.baseline: -1.0}.get(str(row["cell"]))
        if sign is not None and row["endpoint"] == endpoint and row["source"]:
            times[row["source"]] = times.get(row["source"], 0.0) + sign * float(row["times"])
    line = max(times, key=lambda source: times[source], default=None)
    return line if line is not None and times[line] > 0 else None


def _own(summary: Summary, comparison: Comparison) -> list[Finding]:
    """Return the findings that the change brings about; of any switch, only errors."""
    if comparison.factor is None:
        return [finding for finding in summary.findings if finding.factors and finding.severity == "error"]
    return [finding for finding in summary.findings if comparison.factor in finding.factors]


def _further(summary: Summary, comparison: Comparison) -> Iterator[Change]:
    """Yield a row for each mistake that the change brings about, besides those that are told with an endpoint's responses."""
    yield from rows_of_findings([f for f in _own(summary, comparison) if f.kind not in OF_RESPONSES])


def rows_of_findings(findings: list[Finding]) -> Iterator[Change]:
    """Yield a row for each cause of findings that are errors or warnings.

    Args:
        findings: The findings.
    """
    for cause in causes([finding for finding in findings if finding.severity != "info"]):
        source = cause.first.example.get("source")
        yield Change(cause.first.endpoint or cause.first.table or "project", "worse", cause.sentence, source)


def _schema(run: Run) -> Iterator[str]:
    """Yield what the migrations of the new revision cost, which the page has in full, and the indexes that differ."""
    revisions = run.meta.get("revisions") or {}
    rows = revisions.get("migrations") or []
    if rows:
        longest = max(rows, key=lambda row: float(row["seconds"]))
        rewritten = sorted({str(table) for row in rows for table in row["rewritten"]})
        text = f"{counted(len(rows), 'migration')} brought the data forward, in {seconds(sum(row['seconds'] for row in rows))}"
        text += (
            f" (the longest: {longest['name']}, {seconds(longest['seconds'])})"
            if len(rows) > 1
            else f": {longest['name']}"
        )
        yield f"{text}; written anew: {listed(rewritten)}." if rewritten else f"{text}."
    yield from index_changes(revisions)
    if revisions.get("packages"):
        yield str(package_changes(revisions))


def _notes(summary: Summary, compared: int) -> Iterator[str]:
    by_themselves = list(summary.equivalence.get("nondeterministic") or ())
    yield f"{counted(compared, 'response')} were compared, each with that of the same request."
    if by_themselves:
        yield f"Responses that change by themselves are not compared: some of {listed(by_themselves)}."
    for reason in lookup.withheld(summary):
        yield f"No verdict on times: {reason}."
