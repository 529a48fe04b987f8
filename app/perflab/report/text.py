"""The same as text: a table for the terminal, and summary.md for a CI job's summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perflab import units
from perflab.report import sentences
from perflab.report.first_page import actions
from perflab.report.first_page.findings import findings
from perflab.report.first_page.headlines import headlines
from perflab.report.first_page.limits import limits
from perflab.report.parts import SIGNS
from perflab.report.sections.provenance import provenance
from perflab.run.cells import MIX, WHOLE
from perflab.run.store import Run

WIDEST = 44


def claims_table(summary: Mapping[str, Any], width: int | None = None) -> str:
    """The claims with their verdicts, in columns; where `width` is too narrow for those, a line below each claim."""
    head = ("claim", "before", "after", "found (95% interval)", "verdict")
    rows = [
        (cut(claim["statement"]), *_levels(claim), sentences.estimate(claim), claim["verdict"])
        for claim in summary["claims"]
    ]
    if not rows:
        return "The scenario makes no claim."
    lines = units.aligned([head, *rows])
    widest = max(map(len, lines))
    if width is not None and widest > width:
        statements = [cut(claim["statement"], width) for claim in summary["claims"]]
        return "\n".join(
            f"{statement}\n    {_below(*row[1:])}" for statement, row in zip(statements, rows, strict=True)
        )
    return "\n".join([lines[0], "-" * widest, *lines[1:]])


def _below(before: str, after: str, found: str, verdict: str) -> str:
    """`refuted · 14.2 ms → 4.58 ms · 68.1% less (63.5 to 72.2%)`; what is unknown is left out."""
    levels = "" if before == after == units.UNKNOWN else f"{before} → {after}"
    return " · ".join(part for part in (verdict, levels, found) if part not in ("", units.UNKNOWN))


def clean(said: str) -> str:
    """One line without anything that would drive a terminal, whatever a scenario or an error message holds."""
    return " ".join("".join(c if c.isprintable() else " " for c in said).split())


def cut(text: str, widest: int = WIDEST) -> str:
    """A text as a column of a terminal can hold it: clean, in one line, and its end left out."""
    return units.cut(clean(text), widest)


def _levels(claim: Mapping[str, Any]) -> tuple[str, str]:
    unit = claim.get("unit") or ""
    return units.in_unit(claim["before"], unit), units.in_unit(claim["after"], unit)


def markdown(summary: Mapping[str, Any], run: Run) -> str:
    """The whole in Markdown: verdict, headline figures, what to do, claims, endpoints, what it does not say, provenance."""
    title = str(run.scenario.get("title") or run.scenario_name)
    parts = [f"# {_plain(title)}", f"**{_plain(summary['verdict'])}**"]
    found = findings(summary) if run.complete else []
    figures = headlines(summary) if run.complete else []
    if figures:
        rows = [
            (one.name, one.before, one.after, f"{one.change} ({one.interval})" if one.change and one.interval else one.change or
             one.interval, one.claim["statement"] if one.claim else "", _signed(one.claim["verdict"]) if one.claim else "")
            for one in figures
        ]  # fmt: skip
        parts.append(_table(("", "Everything off", "Everything on", "Change (95% interval)", "Claim", "Verdict"), rows))
    if found:
        parts += ["## What stands out", "\n".join(f"- {_plain(finding.sentence)}" for finding in found)]
    to_do = actions.lines(summary, run)
    if to_do:
        parts += ["## What to do", "\n".join(f"- {_plain(line)}" for line in to_do)]
    claims = [
        (claim["statement"], sentences.claimed(claim), *_levels(claim), sentences.estimate(claim),
         sentences.sample_size(claim), _signed(claim["verdict"]))
        for claim in summary["claims"]
    ]  # fmt: skip
    if claims:
        heads = ("Claim", "Claimed", "Before", "After", "Found (95% interval)", "n", "Verdict")
        parts += ["## Claims", _table(heads, claims)]
    endpoints = [
        ("All requests" if row["endpoint"] == "ALL" else row["endpoint"], sentences.levels(row), sentences.change(row),
         _queries(summary, row["endpoint"]), _signed(row["verdict"]))
        for row in summary["effects"]
        if (row["metric"], row["statistic"], row["contrast"]) == ("latency_s", "mean", WHOLE) and row["n"]
        and row["endpoint"] not in MIX
    ]  # fmt: skip
    if endpoints:
        heads_ = ("Endpoint", "Service time", "Change (95% interval)", "Queries", "Verdict")
        parts += ["## By endpoint", _table(heads_, endpoints)]
    parts += ["## What this does not say", "\n".join(f"- {_plain(sentence)}" for sentence in limits(run))]
    facts = "\n".join(f"- {_plain(name)}: {_plain(value)}" for name, value in provenance(run))
    parts += ["## Provenance", f"<details>\n<summary>Where these numbers come from</summary>\n\n{facts}\n\n</details>"]
    if run.meta.get("command"):
        parts += ["The same again:", f"    {' '.join(str(run.meta['command']).split())}"]
    return "\n\n".join(parts) + "\n"


def _queries(summary: Mapping[str, Any], endpoint: str) -> str:
    row = sentences.effect(summary, endpoint, "query_count")
    return sentences.levels(row) if row else units.UNKNOWN


def _signed(verdict: str) -> str:
    """A verdict behind its sign, to be found at a glance."""
    return f"{SIGNS[verdict][0]} {verdict}" if verdict in SIGNS else verdict


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(_plain(cell) for cell in line) + " |" for line in lines)


def _plain(text: str) -> str:
    """Text that is no markup, whatever a scenario's author wrote."""
    escaped = "".join(f"\\{c}" if c in "\\`*_[]<>|#&~$" else c for c in str(text))
    return " ".join(escaped.split())
