"""Who takes part in a run, and the rows that they request: plain data, the most popular first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from perflab.scenario.endpoint_params import RowField, sources, split, tied_field, tied_fields

if TYPE_CHECKING:
    from perflab.scenario.models import Scenario

RowValues = Mapping[str, Any]

# How many times more rows an endpoint gets that never uses one twice
SUPPLY = 10


@dataclass(frozen=True)
class Population:
    """Hold the users and rows that `build` draws from.

    Attributes:
        user_model: Label of the user model.
        rows: Per source (`app.Model.field`) the row and the field of its values.
        pools: The rows of each pool (see `Pool.key`), the most popular first.
        computed: The values that each function returned.
    """

    user_model: str
    rows: Mapping[str, RowField]
    pools: Mapping[str, tuple[RowValues, ...]]
    computed: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def is_user(self, source: str) -> bool:
        """Tell whether the values of a source are keys of users."""
        return self.rows[source].field == "pk" and self.rows[source].model == self.user_model


@dataclass(frozen=True)
class Pool:
    """Describe rows of one model that several endpoints share, so that one reads what another writes.

    Attributes:
        model: Label of the model.
        caller: The field whose user makes the request (rows of active users are preferred), or None.
        where: The conditions on the rows, as JSON text.
        supply: Number of rows, as a multiple of `active_users`.
        fields: The fields to read.
        tied: Further fields, which fill the reads after a write and may be null.
    """

    model: str
    caller: str | None
    where: str
    supply: int
    fields: tuple[str, ...]
    tied: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Return a text that identifies the pool."""
        return "|".join((self.model, self.caller or "", self.where, str(self.supply)))

    @property
    def conditions(self) -> dict[str, Any]:
        """Return the conditions on the rows: field path -> value."""
        return dict(json.loads(self.where))


def pools(scenario: Scenario, user_model: str, rows: Mapping[str, RowField]) -> dict[tuple[str, str], Pool]:
    """Return the pool of each (endpoint, model).

    An endpoint whose caller does not come from the model shares the pool of the first endpoint whose caller does.

    Args:
        scenario: The scenario with its traffic.
        user_model: Label of the user model.
        rows: For each source, the row and the field of its values.
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
    tied: dict[tuple[str, str | None, str, int], set[str]] = {}
    for endpoint in scenario.traffic.endpoints:
        drawn = sources(endpoint)
        for source in drawn.values():
            model, column = split(source)
            fields.setdefault(merged[endpoint.name, model], set()).add(column)
        for key, column in tied_fields(scenario.traffic.endpoints, endpoint, rows).items():
            param, _ = tied_field(key) or ("", "")
            tied.setdefault(merged[endpoint.name, split(drawn[param])[0]], set()).add(column)
    return {
        place: Pool(*made, fields=tuple(sorted(fields[made])), tied=tuple(sorted(tied.get(made, set()) - fields[made])))
        for place, made in merged.items()
    }
