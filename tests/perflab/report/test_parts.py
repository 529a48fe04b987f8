"""What stands beside a verdict."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.report import parts


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"verdict": "better", "low": 0.5, "high": 0.9}, None),
        ({"verdict": "better", "low": 0.5, "high": 1.01}, "by Holm"),
        ({"verdict": "worse", "low": 1.2, "high": 1.3, "mde": 0.05}, "could only detect ≥ 5.0%"),
        ({"verdict": "inconclusive", "low": 0.5, "high": 1.1, "mde": 0.034}, "could only detect ≥ 3.4%"),
        ({"verdict": "inconclusive", "low": 0.5, "high": 1.1, "mde": 0.34}, "could only detect ≥ 34%"),
        ({"verdict": "inconclusive", "low": 0.5, "high": 9.0, "mde": 2.4}, "could only detect ≥ 3.40×"),
        ({"verdict": "inconclusive", "low": None, "high": None, "mde": None}, None),
    ],
)
def test_what_was_not_reported_is_stated(row: dict[str, Any], text: str | None) -> None:
    note = parts.aside(row)
    assert note is None if text is None else text in str(note)
