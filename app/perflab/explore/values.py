"""Values of a DataFrame as a table shows them: a dash for null, and no text longer than a table can hold."""

from __future__ import annotations

from typing import Any

import pandas as pd

from perflab import units

MAX_LENGTH = 240


def number(value: Any) -> float | None:
    """Return a number; None where it is null."""
    return None if pd.isna(value) else float(value)


def count(value: Any) -> str:
    """Return a whole number, or a dash where it is null."""
    return units.count(number(value))


def text(value: Any) -> str:
    """Return a text that is not too long, or a dash where it is null."""
    return units.UNKNOWN if value is None or pd.isna(value) else cut(str(value))


def cut(long: str) -> str:
    """Return as much of a text as a table can hold."""
    return units.cut(long, MAX_LENGTH)
