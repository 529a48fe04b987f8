"""Whether responses stayed the same: every finding with its first example, and what was ignored as nondeterministic."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from perflab import units
from perflab.analysis.responses.findings import WORDS
from perflab.analysis.responses.further import CLASSES
from perflab.report import lookup
from perflab.report.html import Column, Markup, Section, below, bullets, element, join, note, paragraph, section, table
from perflab.report.lookup import Row
from perflab.run.cells import TWIN_OFF
from perflab.run.records import Finding
from perflab.run.store import Run
from perflab.run.summary import Summary

ID = "responses"
HEADING = "Did responses stay the same?"
MAX_LENGTH = 160
NOTE = (
    "Every measured response was compared with the baseline's response to the same request: status, body, and the headers that "
    "caches and browsers act on. “Cause” is the smallest set of switches that reproduces the difference."
)
# Of a run with an A/A control of the baseline.
NOTE_OF_ALL = (
    "Every measured response was compared with the baseline's response to the same request: status, body, and all headers but "
    "Date, Age, Server, Content-Length and Content-Encoding. Responses of a round's warm-up were compared, too, as far as the "
    "baseline replayed it. Places in which the two baseline cells differ are not compared; "
    "the rest of the response is. “Cause” is the smallest set of switches that reproduces the difference; switches are "
    "named only if every cell with all of them on shows the difference in every round, and the baseline does not."
)
HEADING_ALONE = "Are responses right?"
LEAD_ALONE = "Check requests looked for mistakes that need no other cell to show."
# Of a run without factors.
NOTE_ALONE = (
    "For example: reads that anybody may send, pages that overlap, an ETag that outlives a write, headers that a cached response "
    "ignores, responses that differ in a new process. Whether a cached response is out of date, only a factor that switches "
    "the cache off can show."
)
MAX_IGNORED = 40
CHECKS = {"stale": "whether it is out of date after a write", "pages": "its later pages", "comparison": "its responses"}
COLUMNS = [Column("Where"), Column("Difference"), Column("Count", True), Column("Cause"), Column("First example")]


def build(summary: Summary, run: Run) -> Section:
    """Return whether any response changed, and a row for each finding."""
    if not run.factors:
        return _alone(summary)
    findings, equivalence = lookup.findings(summary, WORDS), summary.equivalence
    rows = [_row(finding) for finding in findings]
    shown = table("Responses that differ from the baseline's", COLUMNS, rows, stacked=True) if rows else None
    ignored = _ignored(equivalence.get("masks") or [])
    left_out = _not_checked(equivalence.get("not_checked") or [])
    further = bullets(finding.sentence for finding in lookup.findings(summary, CLASSES))
    has_control = any(cell["name"] == TWIN_OFF for cell in run.cells)
    return section(
        ID, HEADING, paragraph(_lead(findings, equivalence)), shown, further, paragraph(ignored),
        *([element("h3", "Not checked"), bullets(left_out)] if left_out else []), note(NOTE_OF_ALL if has_control else NOTE),
    )  # fmt: skip


def _alone(summary: Summary) -> Section:
    """Return what is wrong with responses in a run that compares no cells, and what varies by itself."""
    wrong = [finding.sentence for finding in lookup.findings(summary, (*CLASSES, *WORDS))]
    masks = summary.equivalence.get("masks") or []
    lead = LEAD_ALONE if wrong else f"{LEAD_ALONE} They found nothing."
    return section(ID, HEADING_ALONE, paragraph(lead), bullets(wrong), paragraph(_ignored(masks)), note(NOTE_ALONE))


def _lead(findings: Sequence[Finding], equivalence: Row) -> str:
    if not equivalence.get("compared"):
        return "No response could be compared."
    if any(finding.kind != "unstable" or finding.factors for finding in findings):
        return "No. A change that alters responses is not an optimisation, however fast it is."
    if equivalence.get("changed"):  # counted, but in a run whose differences were not examined
        changed, compared = equivalence["changed"], equivalence["compared"]
        return f"No: {changed:,} of {compared:,} responses differ from those with everything off."
    compared = sum(row["compared"] for row in equivalence.get("by_cell") or []) or equivalence["compared"]
    return f"Yes: all {compared:,} responses that could be compared, over all cells, are the same."


def _row(finding: Finding) -> list[str | Markup]:
    example = finding.example
    request, difference, write = _request(example.get("request")), _difference(example), example.get("write")
    more = [
        below(difference) if difference else None,
        below(f"read back after {_request(write)}") if write else None,
        below(f"correct response to {_request(example['right_for'])}") if example.get("right_for") else None,
    ]
    return [
        finding.endpoint or f"table {finding.table}",
        WORDS[finding.kind],
        f"{finding.count:,}",
        ", ".join(finding.factors) if finding.factors else "no switch: nondeterministic",
        join([element("code", request) if request else units.UNKNOWN, *more]),
    ]


def _request(request: Row | None) -> str:
    """A request as one would repeat it: method, path, user."""
    if not request:
        return ""
    user = f" as {request['user']}" if request.get("user") else ""
    return _cut(f"{request['method']} {request['path']}{user}")


def _difference(example: Row) -> str:
    """Where the first response differs, and how."""
    if not example.get("pointer"):
        return ""
    return f"{example['pointer']}: {_value(example.get('got'))} instead of {_value(example.get('expected'))}"


def _value(value: Any) -> str:
    return _cut(json.dumps(value, ensure_ascii=False))


def _ignored(masks: Sequence[Row]) -> str | None:
    if not masks:
        return None
    named = [f"{mask['endpoint']} {mask['pointer']} ({mask['kind']})" for mask in masks[:MAX_IGNORED]]
    more = [f"and {len(masks) - MAX_IGNORED:,} more places"] if len(masks) > MAX_IGNORED else []
    names = ", ".join([*named, *more])
    return f"Ignored, because they also differ between two identical cells: {names}."


def _not_checked(rows: Sequence[Row]) -> list[str]:
    """What a check could not have found, and why: no claim rests on it."""
    return [f"{row['endpoint']}, {CHECKS[row['check']]}: {row['reason']}." for row in rows]


def _cut(text: str) -> str:
    return units.cut(text, MAX_LENGTH)
