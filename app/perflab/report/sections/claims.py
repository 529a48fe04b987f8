"""The claims, each with what was claimed, what was measured, and the verdict."""

from __future__ import annotations

from perflab.report import estimates, lookup, parts, sentences
from perflab.report.html import Column, Markup, Section, below, element, join, note, paragraph, section, table
from perflab.run.records import ClaimResult
from perflab.run.scenario import scenario_hash
from perflab.run.store import Run
from perflab.run.summary import Summary

ID = "claims"
HEADING = "Claims"
NOTHING = "The scenario makes no claim."
NOTE = (
    "Before is everything off, after is everything on. A claim is supported if the whole interval lies on the claim's side of "
    "its bound. It is refuted if the interval lies on the other side, or if responses of its endpoints changed (claims about "
    "exact counts are exempt: changed or stale responses, repeated queries, indexes). Otherwise it is inconclusive."
)
COLUMNS = [
    Column("Claim"), Column("Claimed"), Column("Before", True), Column("After", True), Column("Estimate (95% interval)", True),
    Column("n", True), Column("Verdict"),
]  # fmt: skip


def build(summary: Summary, run: Run) -> Section:
    """Return the table of claims, and whether they were changed after they had been preregistered."""
    rows = [_row(claim) for claim in summary.claims]
    if not rows:
        return section(ID, HEADING, paragraph(NOTHING))
    notes = (NOTE, sentences.counted_by_n(with_cache=lookup.uses_cache(summary, run)), sentences.sizes(summary))
    return section(
        ID, HEADING, table("Claims and measurements", COLUMNS, rows, stacked=True),
        note(" ".join(filter(None, notes))), paragraph(_preregistered(run), "note sealed"),
    )  # fmt: skip


def _preregistered(run: Run) -> str | None:
    """Whether the claims are still those that were fixed before the run."""
    digest = run.meta.get("preregistration")
    if not digest:
        return None
    since = "have not changed since" if scenario_hash(run.scenario) == digest else "have changed since"
    return (
        f"Claims, factors, margin and traffic were preregistered before the first request and {since}. Their SHA-256 is "
        f"{digest}."
    )


def _row(claim: ClaimResult) -> list[str | Markup]:
    before, after = estimates.claim_levels(claim)
    size = estimates.sample_size(claim)
    return [
        join(
            [
                element("span", claim.statement),
                below(f"criterion: {estimates.judged_by(claim)}"),
                below(claim.reason) if claim.reason else None,
            ]
        ),
        estimates.claimed(claim),
        parts.whole(before),
        parts.whole(after),
        parts.figure(estimates.estimate(claim)),
        join([size.n, below(f"in {size.rounds}", whole=True) if size.rounds else None]),
        parts.chip(claim.verdict),
    ]
