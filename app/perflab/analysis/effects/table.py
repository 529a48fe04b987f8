"""Effects as a table, its rows as records, and what a row says where something is missing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.stats.intervals import MIN_ROUNDS
from perflab.analysis.stats.pairs import Floats, Pairs
from perflab.analysis.stats.statistics import MIN_EXCEEDANCES
from perflab.analysis.stats.values import plain
from perflab.run.cells import ALL, Contrast
from perflab.run.metrics import PAIRED_MEDIAN
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


def note_of(row: Row, contrast: Contrast) -> str | None:
    """Return why a row has no estimate or no interval, as a sentence; None if nothing is missing.

    Args:
        row: A row as `of_metric` makes it, but for its note.
        contrast: The cells that it compares.
    """
    if not row["n"]:
        return f"There is no request to which both {contrast.baseline} and {contrast.candidate} responded."
    if math.isnan(row["before"]) and row["statistic"] != PAIRED_MEDIAN:
        return (
            f"{row['statistic']} needs {row['fewest']:,} requests in a round, so that {MIN_EXCEEDANCES} lie beyond it; "
            f"no round has that many ({row['n']:,} in all rounds together)."
        )
    if math.isnan(row["ratio"]):
        return f"{contrast.baseline} is 0: there is a difference, but no ratio."
    if math.isnan(row["low"]) and row["rounds"] >= MIN_ROUNDS:
        return f"{contrast.baseline} is 0 in all rounds but one: there is a ratio, but no interval."
    if math.isnan(row["low"]):
        return (
            f"An interval needs {MIN_ROUNDS} rounds, and there {'is' if row['rounds'] == 1 else 'are'} {row['rounds']}."
        )
    if row["statistically_significant"] and row["low"] <= 1 <= row["high"]:
        return "Holm's test finds a change although the simultaneous interval, which is wider, includes 1."
    return None


def missing_of(pairs: Pairs, contrast: Contrast, metric: str, sides: Sequence[Floats]) -> str | None:
    """Return why nothing can be said of a contrast by a metric, as a sentence; None if something can.

    Args:
        pairs: The samples.
        contrast: The cells that are compared.
        metric: The metric's name.
        sides: Its values in the baseline and in the candidate, by Step.
    """
    if not pairs.steps:
        return "There are no samples: nothing was measured."
    for cell, side in zip((contrast.baseline, contrast.candidate), sides, strict=True):
        if not pairs.has(cell):
            return f"There are no samples of the cell {cell}."
        if not np.isfinite(side).any():
            if (pairs.failures() | ~pairs.present())[:, pairs.column(cell)].all():
                return f"Every request of the cell {cell} failed."
            return f"{metric} is unknown in the cell {cell}: it could not be measured."
    return None
