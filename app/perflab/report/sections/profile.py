"""Where the remaining time goes: the parts of a request with everything on, by endpoint, and the heaviest lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perflab import units
from perflab.analysis.profile import remaining
from perflab.report.html import Column, Markup, Section, below, element, join, section, table
from perflab.run.cells import ALL
from perflab.run.store import Run
from perflab.run.tables import PARTS

Rows = Sequence[Mapping[str, Any]]

HEADING = "Where the remaining time goes"
WORDS = {
    "database": ("Database", "in the database"),
    "cache": ("Cache", "in the cache"),
    "orm": ("ORM", "in building queries and instances (ORM)"),
    "serialising": ("Serialising", "in serialising"),
    "middleware": ("Middleware", "in middleware"),
    "application": ("Application", "in the project's other code"),
    "framework": ("Django, libraries", "in the rest of Django and in libraries"),
}
# A share of 10% of fewer samples is known to some 6 points (two binomial standard errors).
LEAST = 100
NOTE = (
    "A sampled profile (pyinstrument), taken after everything was measured, of the same traffic in a worker of its own. It "
    "slows requests, Python more than waiting, so it gives shares alone; they are put on the service times measured without it. "
    "A sample belongs to the innermost frame of a known part; waiting for a server belongs to who waits. A dash: no sample fell "
    f"there. An endpoint with fewer than {LEAST} samples has no shares of its own; in those of all requests it counts."
)


def remaining_time(run: Run) -> Section:
    """The section of the page."""
    rows = remaining(run.profile, run.samples)
    why = "The profile ended early; run.json has the reason." if "profile" in run.failed_passes else None
    if not rows:
        said = why or "In this run nobody looked where the time goes."
        return section("remaining", HEADING, element("p", said), text=said)
    lead = _lead(rows[0])
    lines = _lines(rows[0])
    told = [f"{_name(row)}: {_told(row)}" for row in rows[1:] if row["samples"] >= LEAST]
    return section(
        "remaining", HEADING, element("p", lead), element("p", why) if why else None, _parts(rows),
        element("p", NOTE, class_="note"), lines,
        text="\n".join([lead, *([why] if why else []), *told]),
    )  # fmt: skip


def _lead(whole: Mapping[str, Any]) -> str:
    rest = ""
    if whole["covered"] < 0.995:
        rest = f" Endpoints that take {units.percent(1 - whole['covered'], 0)} of the time were not profiled."
    return (
        f"With everything on, a request takes {units.seconds(whole['service_s'])} on average: {_told(whole)}. Under the "
        f"profiler it took {units.significant(whole['slowed'])} times as long ({whole['samples']:,} samples).{rest}"
    )


def _told(row: Mapping[str, Any]) -> str:
    """The parts with the most time first, those of a percent and more."""
    ordered = sorted(PARTS, key=lambda part: -row["parts"][part]["share"])
    shares = [(part, row["parts"][part]["share"]) for part in ordered]
    return ", ".join(f"{units.percent(share, 0)} {WORDS[part][1]}" for part, share in shares if share >= 0.01)


def _parts(rows: Rows) -> Markup:
    columns = [Column("Endpoint"), Column("Service time", True), *(Column(WORDS[part][0], True) for part in PARTS)]
    return table("Service time with everything on, by part", columns, [_row(row) for row in rows])


def _row(row: Mapping[str, Any]) -> list[str | Markup]:
    samples = below(f"{row['samples']:,} samples")
    few = row["samples"] < LEAST and row["endpoint"] != ALL
    return [
        join([element("span", _name(row)), samples]),
        units.seconds(row["service_s"]),
        *("too few" if few else _cell(row["parts"][part]) for part in PARTS),
    ]


def _cell(part: Mapping[str, Any]) -> str | Markup:
    if not part["share"]:
        return units.UNKNOWN
    share = below(units.percent(part["share"], 0 if part["share"] >= 0.1 else 1), whole=True)
    return join([element("span", units.seconds(part["seconds"]), class_="whole"), share])


def _lines(whole: Mapping[str, Any]) -> Markup | None:
    """The project's lines in which, or in what they call, most of the average request is spent."""
    if not whole["lines"]:
        return None
    columns = [Column("Line of the project"), Column("Endpoint"), Column("Of an average request", True)]
    rows: list[list[str | Markup]] = [
        [
            element("code", line["source"]),
            line["endpoint"],
            _cell({**line, "share": line["seconds"] / whole["service_s"]}),
        ]
        for line in whole["lines"]
    ]
    return table("The heaviest lines, with what they call outside of the project", columns, rows)


def _name(row: Mapping[str, Any]) -> str:
    return "All requests" if row["endpoint"] == ALL else str(row["endpoint"])
