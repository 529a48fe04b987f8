"""Each endpoint, everything off against everything on, and the average broken down by part of the traffic."""

from __future__ import annotations

from collections.abc import Mapping

from perflab import units
from perflab.analysis.responses import statuses
from perflab.report import lookup, parts, sentences
from perflab.report.first_page.spent import level
from perflab.report.html import Column, Markup, Section, below, bullets, element, join, note, paragraph, section, table
from perflab.report.lookup import Row
from perflab.report.sections import mix, reached
from perflab.run.cells import ALL
from perflab.run.metrics import CPU
from perflab.run.records import Effect
from perflab.run.scenario import Endpoint
from perflab.run.store import Run
from perflab.run.summary import Summary

ID = "endpoints"
HEADING = "By endpoint"
COLUMNS = [
    Column("Endpoint"), Column("Service time", True), Column("Change (95% interval)", True), Column("Verdict"),
    Column("Queries", True), Column("CPU", True), Column("Responses changed", True),
]  # fmt: skip

COLUMNS_ALONE = [
    Column("Endpoint"), Column("Share of the time", True), Column("Service time", True), Column("Queries", True),
    Column("CPU", True),
]  # fmt: skip
NOTE_ALONE = (
    "Means per request, with the 95% interval over rounds below. “All requests” is the mean of the endpoints' means by the "
    "weights of the scenario; the share is that of the time of all requests by these weights. The interval of an endpoint with "
    "fewer than 30 requests may be too narrow, because a small sample may lack long ones. An endpoint requested in fewer than "
    "three rounds has no interval."
)


def build(summary: Summary, run: Run) -> Section:
    """Return a row for each endpoint, and one for each part of the traffic."""
    if not run.factors:
        return _alone(summary, run)
    by_name = {endpoint.name: endpoint for endpoint in run.endpoints}
    effects = lookup.by_endpoint(summary, with_all=True)
    status = statuses.by_endpoint(run.samples)
    rows = [_row(summary, effect, by_name.get(effect.endpoint), status.get(effect.endpoint)) for effect in effects]
    shown = {effect.endpoint for effect in effects}
    rows += [_unmeasured(name, text, by_name.get(name)) for name, text in status.items() if name not in shown]
    unanswered = bullets(finding.sentence for finding in lookup.findings(summary, statuses.KINDS))
    return section(
        ID,
        HEADING,
        paragraph(reached.sentence(run)),
        unanswered,
        table("Each endpoint, before and after", COLUMNS, rows),
        note(_note(run)),
        mix.build(summary, run),
    )


def _alone(summary: Summary, run: Run) -> Section:
    """Return what each endpoint takes in a run that compares nothing, the one that takes most of the time first."""
    by_name, status = {endpoint.name: endpoint for endpoint in run.endpoints}, statuses.by_endpoint(run.samples)
    rows = sorted(lookup.levels(summary), key=lambda row: -(row.get("share") or 0.0))
    whole = lookup.level(summary)
    body = [
        _level_row(summary, row, by_name.get(row["endpoint"]), status) for row in [*([whole] if whole else []), *rows]
    ]
    shown = {row["endpoint"] for row in rows}
    body += [
        _unmeasured(name, text, by_name.get(name), len(COLUMNS_ALONE))
        for name, text in status.items()
        if name not in shown
    ]
    unanswered = bullets(finding.sentence for finding in lookup.findings(summary, statuses.KINDS))
    shown_rows = table("What each endpoint takes", COLUMNS_ALONE, body)
    return section(ID, HEADING, paragraph(reached.sentence(run)), unanswered, shown_rows, note(NOTE_ALONE))


def _level_row(summary: Summary, row: Row, endpoint: Endpoint | None, status: Mapping[str, str]) -> list[str | Markup]:
    name = str(row["endpoint"])
    cpu = CPU if lookup.level(summary, ALL, CPU) else "app_cpu_s"
    share = units.percent(1.0 if name == ALL else row.get("share"), 0)
    figures = (row, *(lookup.level(summary, name, metric) for metric in ("query_count", cpu)))
    return [
        _named(name, endpoint, int(row["n"]), status.get(name)),
        share,
        *(parts.figure(level(each)) for each in figures),
    ]


def _named(name: str, endpoint: Endpoint | None, n: int, status: str | None) -> Markup:
    """An endpoint's name, and below it what is requested, how often, and the status codes."""
    path = f"{endpoint.method} {endpoint.path}" if endpoint and endpoint.path and name != ALL else None
    return join(
        [
            element("span", sentences.all_or(name)),
            below(path, tag="code") if path else None,
            below(units.counted(n, "request")),
            below(f"status {status or units.UNKNOWN}") if name != ALL else None,
        ]
    )


def _note(run: Run) -> str:
    margin = units.percent(float(run.scenario.get("margin", 0.02)), 0)
    return (
        "Means per request. “All requests” is the mean of the endpoints' means by the weights of the scenario, so "
        "frequently requested endpoints weigh more. An endpoint with fewer than 30 requests has a wider interval, which "
        "allows for long requests that a small sample may lack. “Better” and “worse” mean "
        "that Holm's test finds a change; normally, the whole interval then lies on one side of “no "
        f"change”. “Equivalent” means that it lies within ± {margin}. The endpoints are judged together, and their "
        "intervals are simultaneous: the chance of calling any unchanged endpoint changed is at most 5%. Holm's test is "
        "slightly more sensitive than these intervals, so a verdict can be “better” or “worse” although the interval "
        "includes “no change”. A change smaller than the “minimum detectable” one would have been missed in at least one "
        "run in five. The controls can detect smaller changes: cells that do the same differ less from round to round than "
        "“off” and “on” do. An endpoint requested in fewer than three rounds has no interval."
    )


def _row(summary: Summary, effect: Effect, endpoint: Endpoint | None, status: str | None) -> list[str | Markup]:
    name = effect.endpoint
    cpu = CPU if lookup.effect(summary, ALL, CPU) else "app_cpu_s"
    queries, processor = (lookup.effect(summary, name, metric) for metric in ("query_count", cpu))
    return [
        _named(name, endpoint, effect.n, status),
        parts.levels(effect),
        parts.change_of(effect),
        join([parts.chip(effect.verdict), parts.aside(effect)]),
        *(parts.levels(cost) if cost else units.UNKNOWN for cost in (queries, processor)),
        _changed(summary.equivalence, name),
    ]


def _unmeasured(name: str, status: str, endpoint: Endpoint | None, columns: int = len(COLUMNS)) -> list[str | Markup]:
    """The row of an endpoint whose requests failed in one of the two cells, so that nothing of it is compared."""
    path = f"{endpoint.method} {endpoint.path}" if endpoint and endpoint.path else None
    first = join([element("span", name), below(path, tag="code") if path else None, below(f"status {status}")])
    return [first, *[units.UNKNOWN] * (columns - 1)]


def _changed(equivalence: Row, name: str) -> str:
    """How many responses of an endpoint changed; a dash where none could be compared."""
    rows = {row["endpoint"]: row for row in equivalence.get("by_endpoint", [])}
    counts = equivalence if name == ALL else rows.get(name, {})
    return f"{counts['changed']:,}" if counts.get("compared") else units.UNKNOWN
