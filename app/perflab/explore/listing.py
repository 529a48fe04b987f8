"""Parts of a summary by name: its findings, one effect, the endpoint that gained least."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from perflab import units
from perflab.errors import InputError
from perflab.explore.rows import Listing, ShownEffect, ShownFinding
from perflab.report import lookup
from perflab.report.html import Column, Section, paragraph, section, table
from perflab.run.records import Effect, Finding
from perflab.run.summary import Summary

SEVERITIES = ("error", "warning")
KEYS = ("endpoint", "metric", "contrast", "statistic")


def findings(summary: Summary) -> Listing:
    """Return all findings, the most severe first."""
    ordered = sorted(summary.findings, key=lambda finding: _severity(finding.severity))
    return Listing(tuple(map(ShownFinding, ordered)), _section(ordered))


def _severity(name: str) -> int:
    return SEVERITIES.index(name) if name in SEVERITIES else len(SEVERITIES)


def _section(ordered: Sequence[Finding]) -> Section:
    identifier, heading = "all-findings", "Findings"
    if not ordered:
        return section(
            identifier, heading, paragraph("No problems were found in responses, queries, the cache or indexes.")
        )
    columns = [Column("Number"), Column("Finding"), Column("Severity"), Column("Count", True), Column("Cause")]
    body = [
        [
            str(number),
            finding.sentence,
            finding.severity,
            units.count(finding.count),
            ", ".join(finding.factors) or units.UNKNOWN,
        ]
        for number, finding in enumerate(ordered)
    ]
    return section(identifier, heading, table("All findings, the most severe first", columns, body))


def effect(summary: Summary, **wanted: str) -> ShownEffect:
    """Return the effect that has these values of KEYS.

    Args:
        summary: The run's summary.
        wanted: A value for each of KEYS.

    Raises:
        InputError: No effect has them all; it names the first value that none has.
    """
    if summary.levels:
        raise InputError("the run has no factors, so it compares nothing", hint="`run.levels()` has what requests take")
    effects: Sequence[Effect] = summary.effects
    for key in KEYS:
        left = [effect for effect in effects if getattr(effect, key) == wanted[key]]
        if not left:
            others = ", ".join(dict.fromkeys(str(getattr(effect, key)) for effect in effects))
            raise InputError(
                f"no effect has the {key} {wanted[key]!r}" + _so_far(wanted, key),
                hint=f"use one of {others}; `run.effects(...)` computes others" if others else "nothing was measured",
            )
        effects = left
    return ShownEffect(effects[0])


def _so_far(wanted: Mapping[str, str], key: str) -> str:
    before = KEYS[: KEYS.index(key)]
    return f" (of {', '.join(wanted[name] for name in before)})" if before else ""


def worst_endpoint(summary: Summary) -> str | None:
    """Return the endpoint that gained least, by the end of its interval that is nearer to no change; None where there is none.

    Endpoints without an interval come last, ordered by the ratio itself. Of a run without factors it is the one that takes most
    of the time.
    """
    if alone := lookup.levels(summary):
        return str(max(alone, key=lambda row: row.get("share") or 0.0)["endpoint"])
    effects = lookup.by_endpoint(summary)
    ranked = [(effect.low or 0.0, effect.ratio, effect.endpoint) for effect in effects if effect.ratio is not None]
    return max(ranked, key=lambda entry: entry[:2])[-1] if ranked else None
