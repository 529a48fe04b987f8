"""Translations of runs that were saved with files of schema version 1, applied when they are loaded.

- A check has the phase `check` in samples and trace; version 1 saved it as `warmup`.
- run.json calls the hash of what a run is judged by `preregistration`; version 1 called it `pledge`.
- Effects of one factor are called `X from baseline` and `X leave-one-out`; version 1 called them `X alone` and `X last`. The
  mean in which all endpoints have the same weight is GEOMEAN; version 1 called it EQUAL. `summary.py` translates these
  names where it reads a summary.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

VERSION = 1
CHECK = "check"

# Keys of run.json, by their names in version 1.
META_KEYS = {"pledge": "preregistration"}


def translate(meta: Mapping[str, Any]) -> dict[str, Any]:
    """Return run.json with today's names for its keys; its `schema` stays, because the tables are still of that version."""
    return {META_KEYS.get(key, key): value for key, value in meta.items()}


def mark_checks(table: pd.DataFrame) -> pd.DataFrame:
    """Give the checks of a table `samples` or `trace` their phase, in place, and return the table.

    They come after the last measured Step of their round, and real warm-up does not.
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
