"""Whether the answers stayed the same: every finding with its first example, and what was left out as noise."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from perflab import units
from perflab.analysis.responses.findings import WORDS
from perflab.report.html import Column, Markup, Section, below, element, join, section, table
from perflab.run.store import Run

Summary = Mapping[str, Any]
Finding = Mapping[str, Any]

LONGEST = 160
NOTE = (
    "Every answer of every cell was compared with that of the cell with everything off to the same request: status, body and "
    "the headers that caches and browsers go by. What makes it so: the fewest switches that bring it about."
)


def answers(summary: Summary, run: Run) -> Section:
    """The section of the page."""
    found = [finding for finding in summary.get("findings") or [] if finding["class"] in WORDS]
    same = summary.get("equivalence") or {}
    columns = [
        Column("Where"), Column("What was there"), Column("Times", True), Column("What makes it so"),
        Column("First example"),
    ]  # fmt: skip
    lead = _lead(found, same)
    masks = _masks(same.get("masks") or [])
    rows = [_row(finding) for finding in found]
    shown = table("Answers that are not those with everything off", columns, rows, stacked=True) if rows else None
    lines = [
        lead,
        *(f"- {finding['sentence']} {_example(finding)}".rstrip() for finding in found),
        *([masks] if masks else []),
    ]
    return section(
        "answers", "Did the answers stay the same?", element("p", lead), shown, element("p", masks) if masks else None,
        element("p", NOTE, class_="note"), text="\n".join(lines),
    )  # fmt: skip


def _lead(found: list[Finding], same: Mapping[str, Any]) -> str:
    if not same.get("compared"):
        return "No answer could be compared."
    if any(finding["class"] != "unstable" or finding["factors"] for finding in found):
        return "No. An optimisation that changes an answer is none, however fast it is."
    if same.get("changed"):  # counted, but of a run whose answers nobody looked at
        return f"No: {same['changed']:,} of {same['compared']:,} answers are not those with everything off."
    compared = sum(row["compared"] for row in same.get("by_cell") or []) or same["compared"]
    return f"Yes: all {compared:,} answers that could be compared, over all cells, are the same."


def _row(finding: Finding) -> list[str | Markup]:
    example = finding.get("example") or {}
    request = example.get("request") or {}
    told = _request(request)
    difference = _difference(example)
    write = example.get("write")
    more = [
        below(difference) if difference else None,
        below(f"read back after {_request(write)}") if write else None,
        below(f"right for {_request(example['right_for'])}") if example.get("right_for") else None,
    ]
    factors = finding.get("factors") or []
    return [
        finding["endpoint"] or f"table {finding['table']}",
        WORDS[finding["class"]],
        f"{finding['count']:,}",
        ", ".join(factors) if factors else "no switch: they change by themselves",
        join([element("code", told) if told else units.UNKNOWN, *more]),
    ]


def _example(finding: Finding) -> str:
    example = finding.get("example") or {}
    said = [part for part in (_request(example.get("request") or {}), _difference(example)) if part]
    return f"First: {': '.join(said)}." if said else ""


def _request(request: Mapping[str, Any]) -> str:
    """A request as somebody would repeat it: method, path, caller."""
    if not request:
        return ""
    caller = f" as {request['user']}" if request.get("user") else ""
    return _cut(f"{request['method']} {request['path']}{caller}")


def _difference(example: Mapping[str, Any]) -> str:
    if not example.get("pointer"):
        return ""
    expected, got = (_cut(json.dumps(example.get(side), ensure_ascii=False)) for side in ("expected", "got"))
    return f"{example['pointer']}: {got} instead of {expected}"


def _masks(masks: list[Mapping[str, Any]]) -> str:
    if not masks:
        return ""
    names = ", ".join(f"{mask['endpoint']} {mask['pointer']} ({mask['kind']})" for mask in masks)
    return f"Left out, for they differ between two identical cells, too: {names}."


def _cut(text: str) -> str:
    return units.cut(text, LONGEST)
