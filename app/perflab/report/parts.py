"""Small parts that several sections share: a verdict's chip, levels, and a change with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perflab import units
from perflab.report import sentences
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
}


def chip(verdict: str) -> Markup:
    sign, kind = SIGNS.get(verdict, ("?", "open"))
    return element("span", element("span", sign, aria_hidden="true"), f" {verdict}", class_=f"chip {kind}")


def levels(row: Mapping[str, Any]) -> Markup:
    return element("span", sentences.levels(row), class_="whole")


def change_of(row: Mapping[str, Any]) -> Markup:
    """A change, and its interval below it."""
    change, interval = sentences.parts_of_change(row)
    return join(
        [
            element("span", change, class_="whole"),
            below(interval, whole=True) if interval else None,
        ]
    )


def aside(row: Mapping[str, Any]) -> Markup | None:
    """Beside a verdict: the change that it could not have told, and what it rests on if the interval does not show it."""
    seen_all_the_same = (
        row["verdict"] in ("better", "worse") and row["low"] is not None and row["low"] <= 1 <= row["high"]
    )
    blind = row.get("mde")
    said = [below("by Holm's test", whole=True)] if seen_all_the_same else []
    if blind is not None:
        size = f"{units.significant(1 + blind)} times" if blind >= 1 else units.percent(blind, 0 if blind >= 0.1 else 1)
        said.append(below(f"blind to {size}", whole=True))
    return join(said) if said else None


def whole(text_: str) -> str | Markup:
    return text_ if text_ == units.UNKNOWN else element("span", text_, class_="whole")
