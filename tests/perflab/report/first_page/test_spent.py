"""What a run without factors says first."""

from __future__ import annotations

from typing import Any

from perflab.report.first_page.spent import level, spent
from tests.perflab.summaries import summary_of

PARTS = {"database": 0.4, "orm": 0.3, "application": 0.195, "templates": 0.1, "cache": 0.005}


def row(endpoint: str = "ALL", estimate: float | None = 0.02, **changes: Any) -> dict[str, Any]:
    return {"endpoint": endpoint, "metric": "latency_s", "statistic": "mean", "estimate": estimate, "low": 0.018, "high": 0.022,
            "n": 90, "rounds": 3, **changes}  # fmt: skip


LEVELS = [row(), row("shop", share=0.7), row("a", share=0.2), row("b", share=0.06), row("c", share=0.04)]


def test_the_first_sentence_says_how_long_and_where() -> None:
    first, python, endpoints = spent(summary_of(levels=LEVELS, parts=PARTS))
    assert first == (
        "A request takes 20.0 ms on average (95% interval 18.0 ms to 22.0 ms): 50% in Python, 40% in the database and 10% in "
        "templates."
    ), "less than 1% is left out"
    assert python.startswith("Of the time in Python, 61% is the ORM's")
    assert endpoints == "The endpoints that take most of the time of all requests: shop (70%), a (20%) and b (6%)."


def test_what_is_unknown_is_left_out() -> None:
    assert spent(summary_of(levels=[row(low=None, high=None)])) == ["A request takes 20.0 ms on average."]
    assert spent(summary_of()) == []
    without_profile = [row(low=None, high=None), row(metric="query_time_s", estimate=0.008)]
    assert spent(summary_of(levels=without_profile)) == [
        "A request takes 20.0 ms on average, of which 8.00 ms (40%) in queries; without a profile, no more is known."
    ]
    assert not level(None).known and not level(row(estimate=None)).known


def test_noise_is_said() -> None:
    summary = summary_of(levels=LEVELS[:1], control={"withheld": ["two identical cells differed by 9%"]})
    assert spent(summary)[-1] == "Times are less certain than their intervals say: two identical cells differed by 9%."
