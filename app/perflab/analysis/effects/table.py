"""Effects as a table, and its rows as records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import pandas as pd

from perflab.analysis.stats.values import plain
from perflab.run.cells import ALL
from perflab.run.records import Effect

# A row of the table; what is unknown is NaN, so that numbers stay numbers.
Row = dict[str, Any]

EFFECT_COLUMNS = tuple(each.name for each in fields(Effect) if each.name != "currency")


def as_table(rows: Sequence[Row], by: Sequence[str]) -> pd.DataFrame:
    """Return rows as one table; groups other than `endpoint` have a column of their own, in front.

    Args:
        rows: Rows as `of_metric` returns them.
        by: The columns that they are grouped by.
    """
    columns = [*(c for c in by if c != "endpoint"), *EFFECT_COLUMNS]
    optional = ("statistically_significant", "practically_significant", "note")  # None stays None beside text and truth
    return pd.DataFrame(
        {
            c: pd.Series([row.get(c, ALL) for row in rows], dtype=object if c in optional or not rows else None)
            for c in columns
        }
    )


def of_table(table: pd.DataFrame) -> list[Effect]:
    """Return the rows of a table of EFFECT_COLUMNS as records; what is unknown is None."""
    return [Effect.of(row) for row in plain(table)]
