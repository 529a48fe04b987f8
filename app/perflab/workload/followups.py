"""The reads after a write: what it affects, requested by every user concerned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from perflab.scenario.endpoint_params import matches, sources
from perflab.scenario.models import Endpoint, Scenario
from perflab.scenario.placeholders import fill_path
from perflab.workload.draw import Drawer, Values
from perflab.workload.people import Population


def followups(
    scenario: Scenario, population: Population, drawer: Drawer, write: Endpoint, values: Values
) -> list[tuple[Endpoint, Values]]:
    """Return the reads to make after a write, each with its values and none twice.

    Where a read has two users, each of the write's users reads the next one's, and the last reads the first one's. Lists give
    their first value, because new rows appear there; params that the write does not determine are drawn.

    Args:
        scenario: The scenario with its traffic.
        population: The users and rows of the round.
        drawer: Draws the params that the write does not determine.
        write: The endpoint that writes.
        values: The params of the write.
    """
    reads: list[tuple[Endpoint, Values]] = []
    seen: set[tuple[str, str, Any]] = set()
    for name in write.affects:
        read = scenario.endpoint(name)
        shared_params = matches(write, read, population.targets)
        if not shared_params:
            continue
        for assigned in _assignments(read, shared_params, values, population):
            drawn = drawer.draw(read)
            first = {p: s[0] for p, s in read.params.items() if isinstance(s, list)}
            filled = {**drawn, **first, **assigned}
            user = None if read.as_ is None else filled[read.as_]
            key = (name, fill_path(read.path, filled), user)
            if key not in seen:
                seen.add(key)
                reads.append((read, filled))
    return reads


def _assignments(
    read: Endpoint, shared_params: Mapping[str, Sequence[str]], values: Values, population: Population
) -> list[dict[str, Any]]:
    """Return the values that the write gives to params of the read, one dict per read."""
    drawn = sources(read)
    options = {param: list(dict.fromkeys(values[p] for p in names)) for param, names in shared_params.items()}
    paired = [
        p for p, some in options.items() if len(some) > 1 and population.targets[drawn[p]] == population.user_model
    ]
    others = [p for p in options if p not in paired]
    combined = [dict(zip(others, chosen, strict=True)) for chosen in product(*(options[p] for p in others))]
    if not paired:
        return combined
    parties = options[paired[0]]
    return [
        {**assigned, **{p: parties[(first + i) % len(parties)] for i, p in enumerate(paired)}}
        for assigned in combined
        for first in range(len(parties))
    ]
