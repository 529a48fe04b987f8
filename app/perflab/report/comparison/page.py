"""Two runs side by side as one HTML file."""

from __future__ import annotations

from collections.abc import Sequence

from perflab import units
from perflab.report.comparison.comparison import Comparison, Found, Row
from perflab.report.document import document
from perflab.report.html import Column, Markup, below, element, join, section, table
from perflab.report.parts import chip, whole
from perflab.run.store import Run

SIGNS = {"fine": ("✓", "good"), "worse": ("↑", "bad"), "inconclusive": ("?", "open")}


def page(comparison: Comparison) -> str:
    """The whole file."""
    return document(f"perflab: {comparison.title}", *parts(comparison))


def parts(comparison: Comparison) -> list[Markup]:
    """What it holds, and a notebook shows: what is different first, then what changed, then what each run found."""
    warning = comparison.warning()
    found = [
        element("p", f"perflab · {comparison.a.scenario_name} · two runs side by side", class_="eyebrow"),
        element("h1", comparison.title),
        element("p", warning, class_="verdict") if warning else None,
        element("ul", *(element("li", line) for line in _verdicts(comparison)), class_="findings"),
        _facts(comparison),
        _changes(comparison) if comparison.changes else None,
        _claims(comparison.claims()),
        _effects(comparison.effects()),
        _endpoints(comparison.endpoints()),
    ]
    return [part for part in found if part is not None]


def _verdicts(comparison: Comparison) -> list[Markup]:
    """Which run is A and which is B, and what each says of itself."""
    sides = (("A", comparison.a, comparison.summary_a), ("B", comparison.b, comparison.summary_b))
    return [
        join([element("strong", f"{name}: {run.run_id}"), below(_title(run)), str(summary["verdict"])])
        for name, run, summary in sides
    ]


def _title(run: Run) -> str:
    profile = (run.meta.get("parameters") or {}).get("profile") or "unknown"
    return f"{run.scenario.get('title') or run.scenario_name}, profile {profile}"


def _facts(comparison: Comparison) -> Markup:
    facts = comparison.facts()
    if not facts:
        return element("p", "Machine, versions, settings and data are the same in both.")
    columns = [Column("Fact"), Column("A"), Column("B")]
    caption = "Where A and B differ; what they share is left out"
    return section("provenance", "What is different about them", table(caption, columns, facts, stacked=True)).markup


def _changes(comparison: Comparison) -> Markup:
    columns = [Column("What"), Column("B against A"), Column("It is")]
    rows = [[budget.name, budget.sentence, _verdict(budget.verdict)] for budget in comparison.told()]
    untold = comparison.untold()
    note = (
        "Counts are compared over the same requests in both runs, exactly. Times are not compared directly: a machine has its "
        "days. They stand relative to the reference request, or through the contrast with everything off. All intervals hold "
        "at once."
    )
    inner = table("What changed from A to B", columns, rows, stacked=True)
    more = [element("p", untold) if untold else None, element("p", note, class_="note")]
    return section("changes", "From A to B", inner, *more).markup


def _verdict(word: str) -> Markup:
    sign, kind = SIGNS[word]
    return element("span", element("span", sign, aria_hidden="true"), f" {word}", class_=f"chip {kind}")


def _claims(rows: Sequence[Row]) -> Markup:
    columns = [Column("Claim"), Column("A", True), Column("A says"), Column("B", True), Column("B says")]
    body = [[row.label, _found(row.a), _chip(row.a), _found(row.b), _chip(row.b)] for row in rows]
    inner = table("Each claim in both runs", columns, body) if body else element("p", "Neither scenario makes a claim.")
    return section("claims", "Claims", inner).markup


def _effects(rows: Sequence[Row]) -> Markup:
    columns = [Column("All requests"), Column("A", True), Column("B", True)]
    body = [[row.label, _found(row.a), _found(row.b)] for row in rows]
    inner = (
        table("Everything off and everything on", columns, body)
        if body
        else element("p", "Neither run found an effect.")
    )
    return section("effects", "All requests", inner).markup


def _endpoints(rows: Sequence[Row]) -> Markup:
    columns = [
        Column("Endpoint"), Column("Service time, A", True), Column("Service time, B", True), Column("Queries, A", True),
        Column("Queries, B", True),
    ]  # fmt: skip
    body = [[row.label, _found(row.a), _found(row.b), whole(row.a.queries), whole(row.b.queries)] for row in rows]
    inner = (
        table("Each endpoint, before and after", columns, body)
        if body
        else element("p", "Neither run asked any endpoint.")
    )
    return section("endpoints", "By endpoint", inner).markup


def _found(found: Found) -> str | Markup:
    """Levels, and the change with its interval below them."""
    if found.levels == found.change == units.UNKNOWN:
        return units.UNKNOWN
    return join([whole(found.levels), below(found.change, whole=True) if found.change != units.UNKNOWN else None])


def _chip(found: Found) -> str | Markup:
    return units.UNKNOWN if found.verdict == units.UNKNOWN else chip(found.verdict)
