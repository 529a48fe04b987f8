"""Small parts that several sections share: a verdict's chip, levels, and a figure with its interval."""

from __future__ import annotations

from perflab import units
from perflab.report import estimates
from perflab.report.html import Markup, below, element, join
from perflab.run.records import Effect

# Never colour alone: each verdict has a sign, a word and a colour.
SIGNS = {
    "supported": ("✓", "good"),
    "refuted": ("✗", "bad"),
    "inconclusive": ("?", "open"),
    "not measured": ("–", "none"),
    "better": ("↓", "good"),
    "worse": ("↑", "bad"),
    "equivalent": ("=", "none"),
    "keep": ("✓", "good"),
    "drop": ("✗", "bad"),
    "undecided": ("?", "open"),
    "fine": ("✓", "good"),
    "failed": ("!", "none"),
    "missing": ("–", "none"),
}


def chip(verdict: str) -> Markup:
    """Return a verdict with its sign and colour."""
    sign, kind = SIGNS.get(verdict, ("?", "open"))
    return element("span", element("span", sign, aria_hidden="true"), f" {verdict}", class_=f"chip {kind}")


def with_sign(verdict: str) -> str:
    """Return a verdict behind its sign, as text."""
    return f"{SIGNS[verdict][0]} {verdict}" if verdict in SIGNS else verdict


def whole(text: str) -> str | Markup:
    """Return a text that may not be broken; a dash for unknown stays plain."""
    return text if text == units.UNKNOWN else element("span", text, class_="whole")


def levels(effect: Effect) -> Markup:
    """Return before and after of an effect."""
    return element("span", estimates.levels(effect), class_="whole")


def figure(estimate: estimates.EstimateText, *more: str) -> str | Markup:
    """Return a figure, with its interval and other short lines below it.

    Args:
        estimate: The figure.
        more: The other lines; an empty one is left out.
    """
    if not estimate.known:
        return units.UNKNOWN
    lines = [line for line in (estimate.interval, *more) if line]
    return join([element("span", estimate.value, class_="whole"), *(below(line, whole=True) for line in lines)])


def change_of(effect: Effect) -> str | Markup:
    """Return an effect's change, with its interval below it."""
    return figure(estimates.change(effect))


def aside(effect: Effect) -> Markup | None:
    """Return what belongs beside an effect's verdict; None where there is nothing to add.

    That is the minimum detectable effect, and the test that a verdict rests on where the interval does not show it.
    """
    lines = [below("by Holm's test", whole=True)] if by_test_alone(effect) else []
    if effect.mde is not None:
        digits = 0 if effect.mde >= 0.1 else 1
        more, less = (units.signed(ratio, digits) for ratio in (1 + effect.mde, 1 / (1 + effect.mde)))
        lines.append(below(f"minimum detectable: {more} or {less}"))
    return join(lines) if lines else None


def by_test_alone(effect: Effect) -> bool:
    """Return whether a verdict rests on the test, because the interval contains no change."""
    if effect.verdict not in ("better", "worse") or effect.low is None or effect.high is None:
        return False
    return effect.low <= 1 <= effect.high
