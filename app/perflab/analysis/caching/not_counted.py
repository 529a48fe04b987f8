"""The keys whose hits do not count: entries that a project counts in, and those that a request finds and then replaces."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from perflab.run.cells import OPTIMISED
from perflab.run.tables import rows_where

MAX_KEYS = 5
NUMBER = re.compile(r"\d+")
# What Django puts before a key: a prefix, which may be empty, and the version.
VERSION = re.compile(r"^[^:]*:\d+:")


def not_counted(operations: pd.DataFrame, cell: str = OPTIMISED) -> pd.DataFrame:
    """Return the operations of a cell that take a hit of their key back; none of a run of an earlier version.

    Args:
        operations: The cache operations of the checks.
        cell: The cell with everything on.
    """
    optimised = rows_where(operations, cell=cell)
    if not {"taken_back", "key"} <= set(optimised.columns):
        return pd.DataFrame(columns=["endpoint", "key"])
    return optimised[optimised["taken_back"].isin([True]).to_numpy(bool)]


def keys_of(keys: Iterable[object]) -> tuple[str, ...]:
    """Return the kinds of keys, with # for each number in them: at most MAX_KEYS, sorted.

    Args:
        keys: The keys as they are on the server.
    """
    return tuple(sorted({NUMBER.sub("#", VERSION.sub("", str(key), count=1)) for key in keys})[:MAX_KEYS])
