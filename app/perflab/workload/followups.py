"""The reads after a write: what it affects, seen by everybody concerned."""

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
    """The reads to make after this write, none twice.

    Users take turns: where a read has two, each of the write's users looks at the next one, and the last at the first.
    Lists give their first value, for that is where something new appears; what the write says nothing of is drawn.
    """
    reads: list[tuple[Endpoint, Values]] = []
    seen: set[tuple[str, str, Any]] = set()
    for name in write.affects:
        read = scenario.endpoint(name)
        found = matches(write, read, population.targets)
        if not found:
            continue
        for known in _assignments(read, found, values, population):
            drawn = drawer.draw(read)
            first = {p: s[0] for p, s in read.params.items() if isinstance(s, list)}
            filled = {**drawn, **first, **known}
            user = None if read.as_ is None else filled[read.as_]
            key = (name, fill_path(read.path, filled), user)
            if key not in seen:
                seen.add(key)
                reads.append((read, filled))
    return reads


def _assignments(
    read: Endpoint, found: Mapping[str, Sequence[str]], values: Values, population: Population
) -> list[dict[str, Any]]:
    """The values that the write gives to params of the read, one dict per read."""
    drawn = sources(read)
    options = {param: list(dict.fromkeys(values[p] for p in names)) for param, names in found.items()}
    in_turns = [
        p for p, some in options.items() if len(some) > 1 and population.targets[drawn[p]] == population.user_model
    ]
    others = [p for p in options if p not in in_turns]
    combined = [dict(zip(others, chosen, strict=True)) for chosen in product(*(options[p] for p in others))]
    if not in_turns:
        return combined
    parties = options[in_turns[0]]
    return [
        {**known, **{p: parties[(turn + i) % len(parties)] for i, p in enumerate(in_turns)}}
        for known in combined
        for turn in range(len(parties))
    ]
