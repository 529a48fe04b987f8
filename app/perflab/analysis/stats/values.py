"""Values as JSON knows them: null for what is unknown, plain numbers for numpy's."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd


def plain(value: Any) -> Any:
    """Return a value without NaN, infinity, numpy or pandas in it; tables become lists of rows."""
    kind = type(value)
    if kind is float:  # most values are numbers or texts: a summary has a hundred thousand
        return value if math.isfinite(value) else None
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, pd.DataFrame):
        return [plain(row) for row in value.to_dict("records")]
    if isinstance(value, (list, tuple, set, frozenset, np.ndarray)):
        return [plain(item) for item in value]
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        number = float(value)
        return number if math.isfinite(number) else None
    return value if isinstance(value, str) else str(value)


def number(value: Any) -> float | None:
    """Return a value as a float, or None where it is unknown or infinite."""
    plain_value = plain(value)
    return float(plain_value) if isinstance(plain_value, (int, float)) and not isinstance(plain_value, bool) else None


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a value that is a mapping; an empty one for anything else, which a file of another version may hold."""
    return value if isinstance(value, Mapping) else {}
