"""Where the remaining time goes: the parts of a request with everything on, by endpoint, and the slowest lines."""

from __future__ import annotations

from collections.abc import Sequence

from perflab import units
from perflab.analysis.profile import remaining
from perflab.report import estimates, lookup, parts, sentences
from perflab.report.html import Column, Markup, Section, below, element, join, note, paragraph, section, table
from perflab.report.lookup import Row
from perflab.run.cells import ALL
from perflab.run.phases import PROFILE
from perflab.run.scenario import endpoint_weights, fullest_cell
from perflab.run.store import Run
from perflab.run.summary import Summary
from perflab.run.tables import PARTS

ID = "profile"
HEADING = "Where the remaining time goes"
HEADING_ALONE = "Where the time goes"
NOTHING = "This run took no profile."
ENDED_EARLY = "The profile ended early; run.json has the reason."
# A part of a request: the heading of its column, and its name in a sentence.
NAMES = {
    "database": ("Database", "in the database"),
    "cache": ("Cache", "in the cache"),
    "orm": ("ORM", "in the ORM (building queries and instances)"),
    "serialising": ("Serialising", "in serialising"),
    "templates": ("Templates", "in templates"),
    "middleware": ("Middleware", "in middleware"),
    "application": ("Other project code", "in the project's other code"),
    "framework": ("Django, libraries", "in the rest of Django and in libraries"),
}
# Shown only where some time went there: an API has no templates.
OPTIONAL = ("templates",)
# A share of 10% of fewer samples is known to within some 6 points (two binomial standard errors).
MIN_SAMPLES = 100
NOTE = (
    "A sampled profile (pyinstrument), taken after the measurement with the same traffic in a separate worker. "
    "Profiling slows down requests, Python code more than waiting, so only its shares are used: they are applied to "
    "the service times measured without profiling. A sample is assigned to the innermost frame of a known part; time "
    f"spent waiting is assigned to the caller. A dash means no sample. An endpoint with fewer than {MIN_SAMPLES} "
    "samples has no shares of its own but is included in those of all requests."
)


def build(summary: Summary, run: Run) -> Section:
    """Return the parts of a request by endpoint, and the slowest lines of the project."""
    rows = remaining(run.profile, run.samples, endpoint_weights(run.scenario), fullest_cell(run.scenario))
    early = ENDED_EARLY if PROFILE in run.failed_stages else None
    heading = HEADING if run.factors else HEADING_ALONE
    if not rows:
        return section(ID, heading, paragraph(early or NOTHING))
    shown = [part for part in PARTS if part not in OPTIONAL or any(row["parts"][part]["share"] for row in rows)]
    shown = [part for part in shown if part != "cache" or lookup.uses_cache(summary, run)]
    columns = [Column("Endpoint"), Column("Service time", True), *(Column(NAMES[part][0], True) for part in shown)]
    body = [_row(row, shown) for row in rows]
    return section(
        ID, heading, paragraph(_lead(rows[0], compared=bool(run.factors))), paragraph(early),
        table(f"Service time{lookup.with_everything_on(run)}, by part", columns, body), note(NOTE), _lines(rows[0]),
    )  # fmt: skip


def _lead(whole: Row, *, compared: bool) -> str:
    rest, start = "", "With everything on, a" if compared else "A"
    if whole["covered"] < 0.995:
        share = units.percent(1 - whole["covered"], 0)
        rest = f" Endpoints that make up {share} of the total time were not profiled and are left out."
    return (
        f"{start} request takes {units.seconds(whole['service_s'])} on average: {in_words(whole)}. Profiling "
        f"made requests take {units.significant(whole['slowed'])} times as long ({whole['samples']:,} samples).{rest}"
    )


def in_words(row: Row) -> str:
    """Return the parts of a request that take 1% or more, the largest first: `75% in the database, 10% in middleware`."""
    ordered = sorted(PARTS, key=lambda part: -row["parts"][part]["share"])
    shares = [(NAMES[part][1], row["parts"][part]["share"]) for part in ordered]
    return ", ".join(f"{units.percent(share, 0)} {name}" for name, share in shares if share >= 0.01)


def _row(row: Row, shown: Sequence[str]) -> list[str | Markup]:
    few = row["samples"] < MIN_SAMPLES and row["endpoint"] != ALL
    name = sentences.all_or(str(row["endpoint"]))
    return [
        join([element("span", name), below(f"{row['samples']:,} samples")]),
        units.seconds(row["service_s"]),
        *("too few" if few else _share(row["parts"][part]["share"], row["parts"][part]["seconds"]) for part in shown),
    ]


def _share(share: float, seconds: float) -> str | Markup:
    """A time, and what share of the request it is; a dash where no sample fell."""
    if not share:
        return units.UNKNOWN
    return parts.figure(estimates.EstimateText(units.seconds(seconds), units.percent(share, 0 if share >= 0.1 else 1)))


def _lines(whole: Row) -> Markup | None:
    """The project's lines that take most of the average request, including what they call."""
    rows: Sequence[list[str | Markup]] = [
        [
            element("code", line["source"]),
            line["endpoint"],
            _share(line["seconds"] / whole["service_s"], line["seconds"]),
        ]
        for line in whole["lines"]
    ]
    if not rows:
        return None
    columns = [Column("Line of the project"), Column("Endpoint"), Column("Time per average request", True)]
    return table("The slowest lines, including the library code they call", columns, rows)
