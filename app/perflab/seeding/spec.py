"""The data that is wanted, and everything that it depends on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from perflab.scenario.strict import moment_of
from perflab.scenario.subject import tables as schema
from perflab.seeding.archetypes import archetypes_without_database
from perflab.seeding.digest import inputs_of
from perflab.seeding.table import Table
from perflab.servers.aliases.layout import layout_of
from perflab.servers.database import POSTGRESQL


@dataclass(frozen=True)
class SeedSpec:
    """The data that is wanted.

    Args:
        settings: The project's settings module.
        seed_path: The project's `seed:` callable.
        as_of: The day, or the moment, that the data ends at.
        rows: How many rows, after the profile's scale.
        seed: The run's seed.
        vendor: The kind of database: POSTGRESQL or SQLITE.
        schema: What the tables are made from: schema.MIGRATIONS or schema.MODELS.
        surroundings: The interpreter and the variables of the project, as far as they are its own.
    """

    settings: str
    seed_path: str
    as_of: dt.date
    rows: Mapping[str, int]
    seed: int
    vendor: str = POSTGRESQL
    schema: str = schema.MIGRATIONS
    surroundings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def moment(self) -> dt.datetime:
        """The moment that the data ends at, in UTC: nothing happens after it."""
        return moment_of(self.as_of)

    def inputs(self, version: str) -> dict[str, Any]:
        """Return everything that the data depends on, with the database's version."""
        databases = layout_of(self.settings).inputs()
        inputs = inputs_of(
            self.settings, self.seed_path, self.as_of.isoformat(), dict(self.rows), self.seed, {self.vendor: version},
            self.schema,
        )  # fmt: skip
        own = {"databases": databases, "surroundings": dict(self.surroundings)}
        return {**inputs, **{name: value for name, value in own.items() if value}}

    def described(self) -> Sequence[Table] | None:
        """Return the project's description if it needs no database, else None; its mistakes come before a server does."""
        return archetypes_without_database(self.seed_path, self.moment, self.rows, self.seed)
