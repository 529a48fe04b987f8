"""What a million requests cost."""

from __future__ import annotations

from perflab.analysis.costs import of_effects, of_levels
from perflab.run.metrics import COST, CPU
from tests.perflab.summaries import effect

PRICES = {"cpu_hour": 0.036, "currency": "EUR"}
LEVEL = {
    "endpoint": "ALL",
    "metric": CPU,
    "statistic": "mean",
    "estimate": 0.01,
    "low": 0.008,
    "high": None,
    "n": 9,
    "rounds": 3,
}


def test_cpu_time_has_the_price_of_an_hour_of_it() -> None:
    (cost,) = of_effects([effect(metric=CPU, before=0.02, after=0.01), effect(before=1.0, after=2.0)], PRICES)
    assert (cost.metric, cost.currency) == (COST, "EUR")
    assert cost.before is not None and cost.after is not None
    assert round(cost.before, 9) == 0.2 and round(cost.after, 9) == 0.1
    (level,) = of_levels([LEVEL, {**LEVEL, "endpoint": "payments"}], PRICES)
    assert (level["metric"], round(level["estimate"], 9), level["high"]) == (COST, 0.1, None)


def test_without_a_price_there_is_none() -> None:
    assert of_effects([effect(metric=CPU, before=0.02, after=0.01)], None) == []
    assert of_levels([LEVEL], None) == of_levels([LEVEL], {}) == []
