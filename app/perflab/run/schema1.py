"""Translations of runs that were saved with files of schema version 1."""

from __future__ import annotations

import pandas as pd

CHECK = "check"


def mark_checks(table: pd.DataFrame) -> pd.DataFrame:
    """Give the checks of a table `samples` or `trace` their phase, in place, and return the table.

    Version 1 saved checks with the phase `warmup`. They come after the last measured Step of their round, and real warm-up does
    not.
    """
    phase = table["phase"]
    measured = table.loc[(phase == "measured").to_numpy(bool, na_value=False), ["round", "step"]]
    last = table["round"].map(measured.groupby("round")["step"].max())
    checks = (phase == "warmup").to_numpy(bool, na_value=False) & (table["step"] > last).to_numpy(bool, na_value=False)
    if checks.any():
        if isinstance(phase.dtype, pd.CategoricalDtype):
            phase = phase.cat.set_categories(sorted({*phase.cat.categories, CHECK}))
        table["phase"] = phase.mask(checks, CHECK)
    return table
