"""The data that is wanted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from perflab.errors import InputError
from perflab.scenario.strict import moment_of
from perflab.scenario.subject import tables as schema
from perflab.servers.database import POSTGRESQL


@dataclass(frozen=True)
class SeedSpec:
    """The data that is wanted.

    Args:
        settings: The project's settings module.
        seed_path: The project's `seed:` callable.
        as_of: The day, or the moment, that the data ends at; None for that of the newest row.
        rows: How many rows, after the profile's scale.
        seed: The run's seed.
        vendor: The kind of database: POSTGRESQL or SQLITE.
        schema: What the tables are made from: schema.MIGRATIONS or schema.MODELS.
        surroundings: The interpreter and the variables of the project, as far as they are its own.
        data: Where the rows come from: the scenario's `data`, as plain data.
    """

    settings: str
    seed_path: str
    as_of: dt.date | None
    rows: Mapping[str, int]
    seed: int
    vendor: str = POSTGRESQL
    schema: str = schema.MIGRATIONS
    surroundings: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def end(self) -> dt.date:
        """The day, or the moment, that rows are drawn up to.

        Raises:
            InputError: The scenario does not say.
        """
        if self.as_of is None:
            raise InputError("data.as_of is missing", hint="add it: rows are drawn up to that moment")
        return self.as_of

    @property
    def moment(self) -> dt.datetime:
        """The moment that the data ends at, in UTC: nothing happens after it."""
        return moment_of(self.end)
