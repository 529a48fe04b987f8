"""The reads after a write: what it affects, requested by every user concerned, and those of them that are ordinary traffic."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

from perflab.scenario.endpoint_params import Tie, is_general, ties
from perflab.scenario.models import Scenario
from perflab.scenario.placeholders import fill_path
from perflab.scenario.traffic import Endpoint
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
        for assigned in _assignments(ties(write, read, population.rows, population.user_model), values, read):
            drawn = drawer.draw(read)
            first = {p: s[0] for p, s in read.params.items() if isinstance(s, list)}
            filled = {**drawn, **first, **assigned}
            user = None if read.as_ is None else filled[read.as_]
            key = (name, fill_path(read.path, filled), user)
            if key not in seen:
                seen.add(key)
                reads.append((read, filled))
    return reads


def read_back(
    write: Endpoint, values: Values, reads: Sequence[tuple[Endpoint, Values]]
) -> Sequence[tuple[Endpoint, Values]]:
    """Return the reads that ordinary traffic makes after a write, by its `read_back`; of a share, those after a write within it.

    Args:
        write: The endpoint that writes.
        values: The params of the write.
        reads: What it affects, requested by every user concerned; see `followups`.
    """
    if write.read_back == "everyone":
        return reads
    if write.read_back == "nobody":
        return ()
    writer = None if write.as_ is None else values[write.as_]
    own = [(read, filled) for read, filled in reads if read.as_ is not None and filled[read.as_] == writer]
    return (own or reads)[:1]


def _assignments(tied: Sequence[Tie], values: Values, read: Endpoint) -> list[dict[str, Any]]:
    """Return the values that the write gives to params of the read, one dict per read."""
    if is_general(read):
        tied = [Tie([{}])]
    options = [(tie, _filled(tie, values)) for tie in tied]
    options = [(tie, some) for tie, some in options if some]
    if not options:
        return []
    paired = [some for tie, some in options if tie.user and len(some) > 1]
    others = [some for tie, some in options if not (tie.user and len(some) > 1)]
    combined = [{p: v for part in chosen for p, v in part.items()} for chosen in product(*others)]
    if not paired:
        return combined
    params = [next(iter(some[0])) for some in paired]
    parties = [next(iter(way.values())) for way in paired[0]]
    return [
        {**assigned, **{p: parties[(first + i) % len(parties)] for i, p in enumerate(params)}}
        for assigned in combined
        for first in range(len(parties))
    ]


def _filled(tie: Tie, values: Values) -> list[dict[str, Any]]:
    """Return the different ways to fill the params of a tie; one that lacks a value is left out."""
    ways: list[dict[str, Any]] = []
    for way in tie.ways:
        filled = {param: values.get(key) for param, key in way.items()}
        if None not in filled.values() and filled not in ways:
            ways.append(filled)
    return ways
