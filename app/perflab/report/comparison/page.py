"""Two runs side by side as one HTML file."""

from __future__ import annotations

from collections.abc import Sequence

from perflab import units
from perflab.report.comparison.comparison import Comparison, ComparisonRow, Reading
from perflab.report.document import document
from perflab.report.html import Column, Markup, below, bullets, element, join, note, paragraph, section, table
from perflab.report.parts import chip, whole
from perflab.run.store import Run

CAPTION, CAPTION_ALONE = "Everything off and everything on", "What requests take, with the 95% interval"
OR_TO_ALL_OFF = ", or to the cell with all switches off"
NOTE = (
    "Counts are compared exactly, over the same requests in both runs. Times are not compared directly, because the speed of a "
    "machine varies from day to day: they are taken relative to the calibration request"
    f"{OR_TO_ALL_OFF}. All intervals are simultaneous."
)


def page(comparison: Comparison) -> str:
    """Return the whole file."""
    return document(f"perflab: {comparison.title}", *parts(comparison))


def parts(comparison: Comparison) -> list[Markup]:
    """Return what the file holds and a notebook shows: how the runs differ, what changed, what each run measured."""
    blocks = [
        element("p", f"perflab · {comparison.a.scenario_name} · two runs side by side", class_="eyebrow"),
        element("h1", comparison.title),
        paragraph(comparison.warning(), "verdict"),
        bullets(_verdicts(comparison), "findings"),
        _facts(comparison),
        _changes(comparison) if comparison.changes else None,
        None if comparison.is_alone else _claims(comparison.claims()),
        _effects(comparison.effects(), CAPTION_ALONE if comparison.is_alone else CAPTION),
        _endpoints(comparison.endpoints()),
    ]
    return [block for block in blocks if block is not None]


def _verdicts(comparison: Comparison) -> list[Markup]:
    """Which run is A and which is B, and the verdict of each."""
    sides = (("A", comparison.a, comparison.summary_a), ("B", comparison.b, comparison.summary_b))
    return [
        join([element("strong", f"{name}: {run.run_id}"), below(_title(run)), summary.verdict or ""])
        for name, run, summary in sides
    ]


def _title(run: Run) -> str:
    profile = (run.meta.get("parameters") or {}).get("profile") or "unknown"
    return f"{run.scenario.get('title') or run.scenario_name}, profile {profile}"


def _facts(comparison: Comparison) -> Markup:
    facts = comparison.facts()
    if not facts:
        return element("p", "Machine, versions, settings and data are the same in both runs.")
    columns = [Column("Fact"), Column("A"), Column("B")]
    caption = "Facts that differ between A and B"
    return section("provenance", "How the runs differ", table(caption, columns, facts, stacked=True)).markup


def _changes(comparison: Comparison) -> Markup:
    columns = [Column("What"), Column("B compared with A"), Column("Verdict")]
    rows = [[check.name, check.sentence, chip(check.verdict)] for check in comparison.notable()]
    shown = table("What changed from A to B", columns, rows, stacked=True)
    note_text = NOTE.replace(OR_TO_ALL_OFF, "") if comparison.is_alone else NOTE
    return section("changes", "From A to B", shown, paragraph(comparison.unchanged()), note(note_text)).markup


def _claims(rows: Sequence[ComparisonRow]) -> Markup:
    columns = [Column("Claim"), Column("A", True), Column("Verdict, A"), Column("B", True), Column("Verdict, B")]
    body = [[row.label, _reading(row.a), _chip(row.a), _reading(row.b), _chip(row.b)] for row in rows]
    inner = table("Each claim in both runs", columns, body) if body else element("p", "Neither scenario makes a claim.")
    return section("claims", "Claims", inner).markup


def _effects(rows: Sequence[ComparisonRow], caption: str) -> Markup:
    columns = [Column("All requests"), Column("A", True), Column("B", True)]
    body = [[row.label, _reading(row.a), _reading(row.b)] for row in rows]
    inner = table(caption, columns, body) if body else element("p", "Neither run measured an effect.")
    return section("effects", "All requests", inner).markup


def _endpoints(rows: Sequence[ComparisonRow]) -> Markup:
    columns = [
        Column("Endpoint"), Column("Service time, A", True), Column("Service time, B", True), Column("Queries, A", True),
        Column("Queries, B", True),
    ]  # fmt: skip
    body = [[row.label, _reading(row.a), _reading(row.b), whole(row.a.queries), whole(row.b.queries)] for row in rows]
    inner = (
        table("Each endpoint, before and after", columns, body)
        if body
        else element("p", "Neither run requested any endpoint.")
    )
    return section("endpoints", "By endpoint", inner).markup


def _reading(reading: Reading) -> str | Markup:
    """Levels, and the change with its interval below them."""
    if reading.levels == reading.change == units.UNKNOWN:
        return units.UNKNOWN
    return join([whole(reading.levels), below(reading.change, whole=True) if reading.change != units.UNKNOWN else None])


def _chip(reading: Reading) -> str | Markup:
    return units.UNKNOWN if reading.verdict == units.UNKNOWN else chip(reading.verdict)
