"""Parts of what a notebook shows, each as markup and as the same in plain text: sentences, and tables of values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from perflab import units
from perflab.report.html import Column, Markup, element, join, table

# Markup for a notebook, and the same as text.
Part = tuple[Markup, str]
LONGEST = 240


def said(sentence: str) -> Part:
    """A paragraph."""
    return element("p", sentence), sentence


def joined(parts: Iterable[Part], between: str = "\n") -> Part:
    """Several parts, one below the other."""
    pairs = list(parts)
    return join(markup for markup, _ in pairs), between.join(text for _, text in pairs if text)


def rows_of(caption: str, columns: list[Column], rows: list[list[str | Markup]]) -> Part:
    """A table; as text its columns are aligned."""
    lines = [[column.heading for column in columns], *([_plain(cell) for cell in row] for row in rows)]
    return table(caption, columns, rows), "\n".join([caption, *(f"  {line}" for line in units.aligned(lines))])


def code(text: str) -> Part:
    """Lines that keep their spaces."""
    return element("pre", element("code", text), style="margin-bottom: 1em"), text


def _plain(cell: str | Markup) -> str:
    return " ".join(Markup(str(cell).replace("<", " <")).striptags().split()) if isinstance(cell, Markup) else cell


def number(value: Any) -> float | None:
    """A value of a table; None where it is null."""
    return None if pd.isna(value) else float(value)


def count(value: Any) -> str:
    """A whole number, or a dash."""
    return units.count(number(value))


def text(value: Any) -> str:
    """A text that is not too long, or a dash."""
    return units.UNKNOWN if value is None or pd.isna(value) else cut(str(value))


def cut(long: str) -> str:
    """As much of a text as a table can hold."""
    return units.cut(long, LONGEST)
