"""What stands beside a verdict."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.report import parts


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"verdict": "better", "low": 0.5, "high": 0.9}, None),
        ({"verdict": "better", "low": 0.5, "high": 1.01}, "by Holm"),
        ({"verdict": "worse", "low": 1.2, "high": 1.3, "mde": 0.05}, "blind to 5.0%"),
        ({"verdict": "inconclusive", "low": 0.5, "high": 1.1, "mde": 0.034}, "blind to 3.4%"),
        ({"verdict": "inconclusive", "low": 0.5, "high": 1.1, "mde": 0.34}, "blind to 34%"),
        ({"verdict": "inconclusive", "low": 0.5, "high": 9.0, "mde": 2.4}, "blind to 3.40 times"),
        ({"verdict": "inconclusive", "low": None, "high": None, "mde": None}, None),
    ],
)
def test_what_was_not_told_is_said(row: dict[str, Any], said: str | None) -> None:
    found = parts.aside(row)
    assert found is None if said is None else said in str(found)
