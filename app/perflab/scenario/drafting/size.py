"""How long a first run takes, and what is left out of the proposal so that it takes minutes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from perflab.run.cells import cells_of
from perflab.scenario.drafting.proposal import Found

# A smoke run has so many rounds, in each of which a cell makes every request about so often: mostly to compare responses. Of a
# project with slow pages it was five times, by what was measured when its routes were tried.
SMOKE_ROUNDS, PASSES = 3, 5
LONG_S = 180.0
# Each switch doubles the cells. These go first, in this order; what is left is the one that no other tool measures.
FIRST_TO_GO = ("indexes", "fetch_peers", "caching")


def smoke_s(tried: Sequence[Any], factors: Sequence[Mapping[str, Any]]) -> float:
    """Return about how long the requests of a smoke run take, in seconds.

    Args:
        tried: What became of each route.
        factors: The switches.
    """
    once_s = sum(each.milliseconds or 0.0 for each in tried if each.candidate is not None) / 1000
    return once_s * len(cells_of([str(factor["name"]) for factor in factors])) * SMOKE_ROUNDS * PASSES


def affordable(shown: Found) -> Found:
    """Return what a project showed without the switches and the slowest routes that would make a first run long.

    Args:
        shown: All of it.
    """
    factors, tried = list(shown.factors), list(shown.tried)
    while len(factors) > 1 and smoke_s(tried, factors) > LONG_S:
        names = [factor["name"] for factor in factors]
        factors.pop(next((names.index(name) for name in FIRST_TO_GO if name in names), -1))
    slowest = sorted((each for each in tried if each.candidate is not None), key=lambda each: -(each.milliseconds or 0))
    slow = []
    while len(slowest) > 1 and smoke_s(tried, factors) > LONG_S:
        slow.append(slowest.pop(0))
        tried.remove(slow[-1])
    return replace(shown, tried=tried, slow=slow, switches=factors)
