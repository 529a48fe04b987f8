"""Values of a DataFrame as a table shows them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from perflab.explore.values import MAX_LENGTH, count, cut, number, text


def test_what_is_null_is_a_dash() -> None:
    for nothing in (None, pd.NA, np.nan):
        assert number(nothing) is None and count(nothing) == "–" and text(nothing) == "–"
    assert count(np.int32(1200)) == "1,200" and number("1.5") == 1.5


def test_what_is_long_is_cut() -> None:
    assert cut("x" * MAX_LENGTH) == "x" * MAX_LENGTH
    assert cut("x" * (MAX_LENGTH + 1)) == "x" * (MAX_LENGTH - 1) + "…"
