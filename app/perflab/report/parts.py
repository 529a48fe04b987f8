"""Small parts that several sections share: a verdict's chip, levels, and a figure with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perflab import units
from perflab.report import estimates
from perflab.report.html import Markup, below, element, join

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
}


def chip(verdict: str) -> Markup:
    """Return a verdict with its sign and colour."""
    sign, kind = SIGNS.get(verdict, ("?", "open"))
    return element("span", element("span", sign, aria_hidden="true"), f" {verdict}", class_=f"chip {kind}")


def signed(verdict: str) -> str:
    """Return a verdict behind its sign, as text."""
    return f"{SIGNS[verdict][0]} {verdict}" if verdict in SIGNS else verdict


def whole(text: str) -> str | Markup:
    """Return a text that may not be broken; a dash for unknown stays plain."""
    return text if text == units.UNKNOWN else element("span", text, class_="whole")


def levels(row: Mapping[str, Any]) -> Markup:
    """Return before and after of an effect."""
    return element("span", estimates.levels(row), class_="whole")


def figure(estimate: estimates.Estimate, *more: str) -> str | Markup:
    """Return a figure, with its interval and other short lines below it."""
    if not estimate.known:
        return units.UNKNOWN
    lines = [line for line in (estimate.interval, *more) if line]
    return join([element("span", estimate.value, class_="whole"), *(below(line, whole=True) for line in lines)])


def change_of(row: Mapping[str, Any]) -> str | Markup:
    """Return an effect's change, with its interval below it."""
    return figure(estimates.change(row))


def aside(row: Mapping[str, Any]) -> Markup | None:
    """Return what belongs beside an effect's verdict; None where there is nothing to add.

    That is the minimum detectable effect, and the test that a verdict rests on where the interval does not show it.
    """
    by_test_alone = row["verdict"] in ("better", "worse") and row["low"] is not None and row["low"] <= 1 <= row["high"]
    lines = ["by Holm's test"] if by_test_alone else []
    detectable = row.get("mde")
    if detectable is not None:
        size = (
            f"{units.significant(1 + detectable)}×"
            if detectable >= 1
            else units.percent(detectable, 0 if detectable >= 0.1 else 1)
        )
        lines.append(f"could only detect ≥ {size}")
    return join([below(line, whole=True) for line in lines]) if lines else None
