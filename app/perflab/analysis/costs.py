"""What a million requests cost in processor time, at the scenario's price of an hour of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from perflab.run.cells import ALL
from perflab.run.metrics import COST, CPU
from perflab.run.records import Effect


def of_effects(rows: Sequence[Effect], prices: Mapping[str, Any] | None) -> list[Effect]:
    """Return the cost before and after; nothing without a price.

    Args:
        rows: The effects of a run.
        prices: Those of the scenario.
    """
    if not prices:
        return []
    return [
        replace(
            effect,
            metric=COST,
            currency=prices.get("currency"),
            before=_cost(effect.before, prices),
            after=_cost(effect.after, prices),
            difference=_cost(effect.difference, prices),
            difference_low=_cost(effect.difference_low, prices),
            difference_high=_cost(effect.difference_high, prices),
        )
        for effect in rows
        if effect.metric == CPU and effect.endpoint == ALL
    ]


def of_levels(rows: Sequence[Mapping[str, Any]], prices: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return the cost with its interval; nothing without a price.

    Args:
        rows: The levels of a run.
        prices: Those of the scenario.
    """
    if not prices:
        return []
    return [
        {
            **row,
            "metric": COST,
            "currency": prices.get("currency"),
            **{name: _cost(row[name], prices) for name in ("estimate", "low", "high")},
        }
        for row in rows
        if row["metric"] == CPU and row["endpoint"] == ALL
    ]


def _cost(seconds: float | None, prices: Mapping[str, Any]) -> float | None:
    return None if seconds is None else seconds * float(prices["cpu_hour"]) / 3600 * 1e6
