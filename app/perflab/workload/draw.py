"""Draws the params of a request: rows by their popularity, and values from lists."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, product
from typing import Any

from perflab.scenario.endpoint_params import is_function, sources, split, tied_field, tied_fields
from perflab.scenario.models import Scenario
from perflab.scenario.traffic import Endpoint
from perflab.workload.people import Population, RowValues, pools

Values = Mapping[str, Any]

# Attempts at a draw before two params may name the same user, or `once` takes the first free combination.
TRIES = 20


class Stratified:
    """Draw numbers from 0 to 1, uniformly: of each `size` in a row, one lies in each of as many equal parts, in random order.

    Systematic sampling with a random start (Cochran, "Sampling Techniques", 8.1): every number is uniform, and shares of the
    draws vary far less than those of independent ones. Endpoints are drawn so; rows are not, because a row that cannot be drawn
    twice in a while hits a cache less often than independent users do (34% instead of 37% in rounds of 200 requests).

    Args:
        rng: The random numbers.
        size: How many draws belong together.
    """

    def __init__(self, rng: random.Random, size: int) -> None:
        self.rng = rng
        self.size = size
        self._drawn: list[float] = []

    def draw(self) -> float:
        """Return the next number."""
        if not self._drawn:
            start = self.rng.random()
            self._drawn = [(place + start) / self.size for place in range(self.size)]
            self.rng.shuffle(self._drawn)
        return self._drawn.pop()


@dataclass(frozen=True, slots=True)
class _Slot:
    """Describe one row that an endpoint needs: the rows to choose from, and the field that fills each param."""

    rows: tuple[RowValues, ...]
    fields: Mapping[str, str]
    users: tuple[str, ...]  # params whose value is a user
    tied: Mapping[str, str]  # further fields, which fill the reads after a write; see `tied_key`


class Drawer:
    """Draw params for all endpoints of a scenario, from one random number generator."""

    def __init__(self, scenario: Scenario, population: Population, rng: random.Random) -> None:
        self.rng = rng
        self.zipf = scenario.traffic.zipf
        self.popularity: dict[int, list[float]] = {}
        self.taken: dict[str, set[tuple[Any, ...]]] = {e.name: set() for e in scenario.traffic.endpoints}
        self.computed = population.computed
        pool_of = pools(scenario, population.user_model, population.rows)
        endpoints = scenario.traffic.endpoints
        self.slots = {
            e.name: _slots(
                e,
                {m: population.pools[p.key] for (name, m), p in pool_of.items() if name == e.name},
                population,
                tied_fields(endpoints, e, population.rows),
            )
            for e in endpoints
        }

    def draw(self, endpoint: Endpoint) -> dict[str, Any]:
        """Draw a value for every param of the endpoint."""
        values = self.drawn(endpoint)
        for param, some in self.choices(endpoint).items():
            values[param] = some[int(self.rng.random() * len(some))]
        return values

    def choices(self, endpoint: Endpoint) -> dict[str, Sequence[Any]]:
        """Return the values to choose from of every param that does not come from rows."""
        return {
            param: self.computed[str(source)] if is_function(source) else list(source)
            for param, source in endpoint.params.items()
            if isinstance(source, list) or is_function(source)
        }

    def drawn(self, endpoint: Endpoint) -> dict[str, Any]:
        """Draw the params that come from rows."""
        slots = self.slots[endpoint.name]
        taken = self.taken[endpoint.name]
        for _ in range(TRIES):
            chosen = tuple(self.popular(len(slot.rows)) for slot in slots)
            values = _values(slots, chosen)
            if _different_users(slots, chosen) and not (endpoint.once and tuple(values.values()) in taken):
                break
        else:
            if endpoint.once:
                # The popular combinations are used up: take the first free one; when none is left, repeat
                for chosen in product(*(range(len(slot.rows)) for slot in slots)):
                    other = _values(slots, chosen)
                    if tuple(other.values()) not in taken and _different_users(slots, chosen):
                        values = other
                        break
        if endpoint.once:
            taken.add(tuple(values.values()))
        return values

    def picked(self, endpoint: Endpoint, row: int, viewer: int, item: int) -> dict[str, Any]:
        """Return chosen values for every param; a number beyond the last row or value wraps around.

        Args:
            endpoint: The endpoint to request.
            row: Number of the row of the object that is requested.
            viewer: Number of the row of whoever else takes part.
            item: Number of the value to take from each list.
        """
        slots = self.slots[endpoint.name]
        places = (row, *range(viewer, viewer + len(slots)))  # an endpoint without rows uses none of them
        values = _values(slots, tuple(n % len(slot.rows) for n, slot in zip(places, slots, strict=False)))
        for param, source in self.choices(endpoint).items():
            some = list(dict.fromkeys(source))
            values[param] = some[item % len(some)]
        return values

    def popular(self, size: int) -> int:
        """Draw an index below `size`; the n-th is n^-zipf times as likely as the first."""
        if size not in self.popularity:
            self.popularity[size] = list(accumulate(n**-self.zipf for n in range(1, size + 1)))
        cumulative = self.popularity[size]
        return min(bisect_right(cumulative, self.rng.random() * cumulative[-1]), size - 1)


def _slots(
    endpoint: Endpoint, rows: Mapping[str, tuple[RowValues, ...]], population: Population, tied: Mapping[str, str]
) -> list[_Slot]:
    """Params of one model come from one row; the n-th param that names the same field, from the n-th row."""
    seen: Counter[str] = Counter()
    fields: dict[tuple[str, int], dict[str, str]] = {}
    for param, source in sources(endpoint).items():
        model, field = split(source)
        fields.setdefault((model, seen[source]), {})[param] = field
        seen[source] += 1
    return [
        _Slot(
            rows[model],
            of_slot,
            tuple(p for p in of_slot if population.is_user(sources(endpoint)[p])),
            {key: field for key, field in tied.items() if (place := tied_field(key)) and place[0] in of_slot},
        )
        for (model, _), of_slot in fields.items()
    ]


def _values(slots: list[_Slot], chosen: tuple[int, ...]) -> dict[str, Any]:
    """Return the values of the params in the chosen rows, and of the fields that are tied to them."""
    values: dict[str, Any] = {}
    for slot, index in zip(slots, chosen, strict=True):
        row = slot.rows[index]
        values |= {param: row[field] for param, field in slot.fields.items()}
        values |= {key: row.get(field) for key, field in slot.tied.items()}
    return values


def _different_users(slots: list[_Slot], chosen: tuple[int, ...]) -> bool:
    """Return whether no user occurs in two of the rows."""
    seen: set[Any] = set()
    for slot, index in zip(slots, chosen, strict=True):
        users = {slot.rows[index][slot.fields[param]] for param in slot.users}
        if seen & users:
            return False
        seen |= users
    return True
