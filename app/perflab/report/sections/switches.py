"""What each switch does: by itself, on top of all others, its share of the gain, and what it costs where it costs."""

from __future__ import annotations

from perflab import units
from perflab.report import estimates, lookup, parts, sentences
from perflab.report.html import Column, Markup, Section, below, bullets, element, join, note, paragraph, section, table
from perflab.run.cells import ALL, MISSES, WRITES, ContrastKind, contrast_name
from perflab.run.records import Attribution, Effect
from perflab.run.scenario import factor_texts
from perflab.run.store import Run
from perflab.run.summary import Summary

ID = "switches"
HEADING = "Effect of each switch"
NOTE = (
    "Mean service time over all requests. A switch can have a large effect by itself and a small one once the others "
    "are on. The table gives the change when a switch is turned on; turning it off is the inverse: 50% less time with it is "
    "twice the time without it. The share is its part of the whole gain on the log scale, averaged over every order of "
    "switching them on (Shapley value); expressed as speed-ups, the shares multiply to the whole. "
)
COSTS = "The last two columns show where a switch may cost time: an index can slow down writes, and a cache can slow down misses."
COSTS_OF_WRITES = "The last column shows where a switch may cost time: an index can slow down writes."
CONTRASTS: tuple[tuple[str, ContrastKind], ...] = (
    (ALL, "from baseline"), (ALL, "leave-one-out"), (WRITES, "leave-one-out"), (MISSES, "leave-one-out"),
)  # fmt: skip
COLUMNS = [
    Column("Switch"), Column("From baseline: only this one on", True), Column("Leave-one-out: on top of all others", True),
    Column("Share of the gain (as a speed-up)", True), Column("Leave-one-out, writes", True),
    Column("Leave-one-out, cache misses", True),
]  # fmt: skip


def build(summary: Summary, run: Run) -> Section:
    """Return the gain as a product, a row per switch, and what pairs of switches do together."""
    shares = {row.factor: row for row in lookup.shares(summary)}
    texts = factor_texts(run.scenario)
    rows = [
        [_name(factor, texts.get(factor)), *_effects(summary, factor, shares.get(factor))] for factor in run.factors
    ]
    columns, costs = COLUMNS, COSTS
    if not lookup.uses_cache(summary, run):
        columns, costs, rows = COLUMNS[:-1], COSTS_OF_WRITES, [row[:-1] for row in rows]
    return section(
        ID, HEADING, paragraph(sentences.attribution(summary), "lead"),
        table("Each switch from baseline and leave-one-out", columns, rows), bullets(sentences.interactions(summary)),
        note(NOTE + costs),
    )  # fmt: skip


def _name(factor: str, text: str | None) -> Markup:
    """A switch's name, and below it what it switches."""
    return join([element("span", factor, class_="whole"), below(text) if text else None])


def _effects(summary: Summary, factor: str, share: Attribution | None) -> list[str | Markup]:
    """The cells of one switch's row."""
    from_baseline, leave_one_out, writes, misses = (
        _change(lookup.effect(summary, endpoint, contrast=contrast_name(kind, factor))) for endpoint, kind in CONTRASTS
    )
    return [from_baseline, leave_one_out, _share(share), writes, misses]


def _change(effect: Effect | None) -> str | Markup:
    return parts.change_of(effect) if effect is not None and effect.n else units.UNKNOWN


def _share(row: Attribution | None) -> str | Markup:
    """A factor's share of the gain in percent, and by how much it multiplies the speed, with the interval."""
    if row is None:
        return units.UNKNOWN
    share, part = units.percent(row.shapley_share, 0).replace("-", "−"), row.shapley
    if row.scale != "log" or part is None or not (part.estimate and part.low and part.high):
        return share
    low, best, high = (units.significant(1 / ratio) for ratio in (part.high, part.estimate, part.low))
    return parts.figure(estimates.EstimateText(share, f"×{best} ({low} to {high})"))
