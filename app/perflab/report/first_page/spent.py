"""What a run without factors says first: how long a request takes, where that time goes, and which endpoints take most of it."""

from __future__ import annotations

from collections.abc import Iterator

from perflab import units
from perflab.report import lookup
from perflab.report.estimates import EstimateText
from perflab.report.lookup import Row
from perflab.run.metrics import unit_of
from perflab.run.summary import Summary

# The parts of the profile that a sentence tells apart; all others are Python.
GROUPS = {"database": "in the database", "cache": "in the cache", "templates": "in templates"}
PYTHON, ORM = "in Python", "orm"
# Smaller shares are left out of the sentence; so are endpoints after the first few.
MIN_SHARE, MAX_NAMED = 0.01, 3


def spent(summary: Summary) -> list[str]:
    """Return what was measured, a sentence each, the most important first; nothing of a run with factors.

    Args:
        summary: The run's summary.
    """
    whole = lookup.level(summary)
    if whole is None:
        return []
    mean = level(whole)
    within = f" (95% interval {mean.interval})" if mean.interval else ""
    first = f"A request takes {mean.value} on average{within}{_parts(summary)}."
    return [first, *_python(summary), *_endpoints(summary), *_noise(summary)]


def level(row: Row | None) -> EstimateText:
    """Return a level with its unit, and its interval.

    Args:
        row: A row of the summary's levels; None for what is unknown.
    """
    if row is None or row["estimate"] is None:
        return EstimateText(units.UNKNOWN)
    unit = unit_of(row["metric"])
    value = units.in_unit(row["estimate"], unit)
    if row["low"] is None or row["high"] is None or row["low"] == row["high"]:
        return EstimateText(value)
    return EstimateText(value, f"{units.in_unit(row['low'], unit)} to {units.in_unit(row['high'], unit)}")


def _groups(summary: Summary) -> dict[str, float]:
    """The share of each group of parts, the largest first."""
    shares: dict[str, float] = {}
    for part, share in summary.parts.items():
        name = GROUPS.get(part, PYTHON)
        shares[name] = shares.get(name, 0.0) + share
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def _parts(summary: Summary) -> str:
    shares = [f"{units.percent(share, 0)} {name}" for name, share in _groups(summary).items() if share >= MIN_SHARE]
    if shares:
        return f": {units.listed(shares)}"
    whole, queries = lookup.level(summary), lookup.level(summary, metric="query_time_s")
    if whole is None or queries is None or not whole["estimate"] or queries["estimate"] is None:
        return ""
    share = units.percent(queries["estimate"] / whole["estimate"], 0)
    return f", of which {units.seconds(queries['estimate'])} ({share}) in queries; without a profile, no more is known"


def _python(summary: Summary) -> Iterator[str]:
    """How much of Python is the ORM, which is what fewer queries and rows save."""
    orm, python = summary.parts.get(ORM, 0.0), _groups(summary).get(PYTHON, 0.0)
    if python and orm / python >= 0.1:
        share = units.percent(orm / python, 0)
        yield f"Of the time in Python, {share} is the ORM's, which builds queries and instances."


def _endpoints(summary: Summary) -> Iterator[str]:
    rows = sorted(lookup.levels(summary), key=lambda row: -(row.get("share") or 0.0))[:MAX_NAMED]
    if len(rows) > 1:
        named = [f"{row['endpoint']} ({units.percent(row['share'], 0)})" for row in rows if row.get("share")]
        yield f"The endpoints that take most of the time of all requests: {units.listed(named)}."


def _noise(summary: Summary) -> Iterator[str]:
    """Why times are less certain than their intervals say."""
    for reason in lookup.withheld(summary):
        yield f"Times are less certain than their intervals say: {reason}."
