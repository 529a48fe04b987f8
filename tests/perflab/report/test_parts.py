"""What stands beside a verdict."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.report import parts
from tests.perflab.summaries import effect


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"verdict": "better", "low": 0.5, "high": 0.9}, None),
        ({"verdict": "better", "low": 0.5, "high": 1.01}, "by Holm"),
        ({"verdict": "worse", "low": 1.2, "high": 1.3, "mde": 0.05}, "minimum detectable: +5.0% or −4.8%"),
        ({"verdict": "inconclusive", "low": 0.5, "high": 1.1, "mde": 0.034}, "minimum detectable: +3.4% or −3.3%"),
        ({"verdict": "inconclusive", "low": 0.5, "high": 1.1, "mde": 0.34}, "minimum detectable: +34% or −25%"),
        ({"verdict": "inconclusive", "low": 0.5, "high": 9.0, "mde": 2.4}, "minimum detectable: 3.4× or −71%"),
        ({"verdict": "inconclusive", "low": None, "high": None, "mde": None}, None),
    ],
)
def test_what_the_interval_does_not_show_stands_beside_the_verdict(changes: dict[str, Any], words: str | None) -> None:
    markup = parts.aside(effect(**changes))
    assert markup is None if words is None else words in str(markup)
