from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from perflab.analysis.stats.values import number, plain


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (float("nan"), None),
        (float("inf"), None),
        (np.float64(1.5), 1.5),
        (np.int32(3), 3),
        (np.bool_(True), True),
        (pd.NA, None),
        (pd.NaT, None),
        ({1: (np.float64("nan"), "x")}, {"1": [None, "x"]}),
        (pd.DataFrame({"a": [1, 2]}), [{"a": 1}, {"a": 2}]),
        (np.array([1.0, np.nan]), [1.0, None]),
    ],
)
def test_plain(value, expected):
    converted = plain(value)

    assert converted == expected
    json.dumps(converted, allow_nan=False)


@pytest.mark.parametrize(
    ("value", "expected"), [(np.int64(2), 2.0), (float("nan"), None), (None, None), (True, None), ("2", None)]
)
def test_number(value, expected):
    assert number(value) == expected
