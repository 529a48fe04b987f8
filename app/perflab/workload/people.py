"""Who takes part in a round, and the rows that they ask for: plain data, the most popular first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from perflab.scenario.endpoint_params import sources, split
from perflab.scenario.models import Scenario

RowValues = Mapping[str, Any]

# How many more rows an endpoint gets that never takes one twice
SUPPLY = 10


@dataclass(frozen=True)
class Population:
    """What `build` draws from.

    `targets` says per source (`app.Model.field`) which model its values are keys of, None for a plain value.
    `pools` has the rows of each pool (see `Pool.key`), the most popular first.
    """

    user_model: str
    targets: Mapping[str, str | None]
    pools: Mapping[str, tuple[RowValues, ...]]


@dataclass(frozen=True)
class Pool:
    """Rows of one model that some endpoints share, so that what one writes is what another reads.

    `caller`: the field whose user makes the request: rows of active users are preferred.
    `supply`: how many times `active_users` rows there are.
    """

    model: str
    caller: str | None
    where: str
    supply: int
    fields: tuple[str, ...]

    @property
    def key(self) -> str:
        return "|".join((self.model, self.caller or "", self.where, str(self.supply)))

    @property
    def conditions(self) -> dict[str, Any]:
        """Field path -> value."""
        return dict(json.loads(self.where))


def pools(scenario: Scenario, user_model: str) -> dict[tuple[str, str], Pool]:
    """The pool of each (endpoint, model).

    An endpoint whose caller does not come from a model shares the pool of the first endpoint whose caller does.
    """
    bare: dict[tuple[str, str], tuple[str, str | None, str, int]] = {}
    for endpoint in scenario.traffic.endpoints:
        drawn = sources(endpoint)
        models = {split(source)[0] for source in drawn.values()}
        caller_model, caller_field = split(drawn[endpoint.as_]) if endpoint.as_ in drawn else ("", "")
        for model in models:
            where = {
                split(condition)[1]: value
                for condition, value in endpoint.where.items()
                if split(condition)[0] == model
            }
            caller = caller_field if model == caller_model and model != user_model else None
            alone = endpoint.once and models == {model} and model != user_model
            bare[endpoint.name, model] = (
                model,
                caller,
                json.dumps(where, sort_keys=True),
                SUPPLY if alone else 1,
            )

    callers: dict[tuple[str, str, int], str] = {}
    for model, caller, where_text, supply in bare.values():
        if caller is not None:
            callers.setdefault((model, where_text, supply), caller)
    merged = {
        place: (model, caller or callers.get((model, where_text, supply)), where_text, supply)
        for place, (model, caller, where_text, supply) in bare.items()
    }
    fields: dict[tuple[str, str | None, str, int], set[str]] = {}
    for endpoint in scenario.traffic.endpoints:
        for source in sources(endpoint).values():
            model, field = split(source)
            fields.setdefault(merged[endpoint.name, model], set()).add(field)
    return {place: Pool(*made, fields=tuple(sorted(fields[made]))) for place, made in merged.items()}
