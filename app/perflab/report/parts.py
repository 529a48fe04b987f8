"""Small parts that several sections share: a verdict's chip, levels, and a change with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perflab import units
from perflab.report import sentences
from perflab.report.html import Markup, element, join

# Never colour alone: each verdict has a sign, a word and a colour.
SIGNS = {
    "supported": ("✓", "good"),
    "refuted": ("✗", "bad"),
    "inconclusive": ("?", "open"),
    "not measured": ("–", "none"),
    "better": ("↓", "good"),
    "worse": ("↑", "bad"),
    "equivalent": ("=", "none"),
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
            element("span", interval, class_="reason whole") if interval else None,
        ]
    )


def whole(text_: str) -> str | Markup:
    return text_ if text_ == units.UNKNOWN else element("span", text_, class_="whole")
