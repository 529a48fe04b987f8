"""Rows drawn from a description: the project's own function (`subject.seed`), or its models (`data: {from: models}`)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from perflab.scenario import project
from perflab.scenario.subject.calls import is_elsewhere
from perflab.scenario.subject.tables import MODELS
from perflab.seeding.archetypes import archetypes_of, archetypes_without_database
from perflab.seeding.description.handing import begin
from perflab.seeding.description.mistakes import check
from perflab.seeding.description.standins import StandInConnection, stand_in_for
from perflab.seeding.digest import OWN, code_of
from perflab.seeding.loading.copy import multiply
from perflab.seeding.loading.drawing import LoadProgress, Report
from perflab.seeding.loading.insert import insert
from perflab.seeding.present import Before, Present, look, read_present, unmanaged, with_tables
from perflab.seeding.sources.base import DataSource, Filled, Ground
from perflab.seeding.spec import SeedSpec
from perflab.seeding.table import Table
from perflab.seeding.target import by_owner
from perflab.servers.aliases.handler import close_all
from perflab.servers.sqlite import SqliteFiles


class Described(DataSource):
    """Rows from example rows.

    Args:
        spec: The data that is wanted.
    """

    def __init__(self, spec: SeedSpec) -> None:
        super().__init__(spec)
        self.by_models = spec.schema == MODELS or spec.seed_path.startswith(OWN)
        self._tables: Sequence[Table] | None = None
        project.check_import(spec.seed_path, "subject.seed")
        if is_elsewhere():
            stand_in_for(begin())

    def inputs(self) -> dict[str, Any]:
        """Return the function and its code, the numbers of rows, the day that the data ends at, the seed."""
        spec = self.spec
        return {
            "subject": {"settings": spec.settings, "seed": spec.seed_path},
            "data": {"as_of": spec.end.isoformat(), "rows": dict(sorted(spec.rows.items())), "schema": spec.schema},
            "seed": spec.seed,
            "project": code_of(spec.seed_path.partition(":")[0]),
        }

    def prepare(self) -> list[str]:
        """Build the description, if that needs no database: its mistakes come before a server does."""
        spec = self.spec
        self._tables = archetypes_without_database(spec.seed_path, spec.moment, spec.rows, spec.seed)
        return []

    def fill(self, ground: Ground) -> Filled:
        """Make the tables, and draw and write the rows.

        Args:
            ground: The databases.
        """
        spec, server = self.spec, ground.server
        ground.make_tables(spec.schema)
        close_all()
        before = look()
        tables, present = self._checked(before, ground.report)
        close_all()
        groups = by_owner(tables, ground.layout)
        rows: dict[str, int] = {}
        began = time.monotonic()
        for alias, group in groups.items():
            connection, database = _connection(alias), ground.names[alias]
            if isinstance(server, SqliteFiles):
                file = server.connect(database) if is_elsewhere() else None
                rows |= insert(connection, tables, spec.seed, ground.report, group, present, file)
            else:
                connect = partial(server.connect, database)
                rows |= multiply(connect, tables, spec.seed, connection, ground.report, group, present)
        remarks = tuple(unmanaged(before.kinds, present.kinds))
        return Filled(rows, time.monotonic() - began, remarks, vacuumed=groups)

    def _checked(self, before: Before, report: Report) -> tuple[Sequence[Table], Present]:
        """Return the description, checked against what migrations left in the database, and that."""
        spec, described = self.spec, self._tables
        if described is not None:
            present = read_present(described, with_tables(described, before))
            check(described, present, spec.seed)
            return described, present
        report(LoadProgress("build archetypes", 0, 0))
        reads: list[Present] = []

        def present_of(tables: Sequence[Table]) -> Present:
            reads.append(read_present(tables, with_tables(tables, before)))
            return reads[-1]

        tables = archetypes_of(spec.seed_path, spec.moment, spec.rows, spec.seed, present_of)
        return tables, reads[-1]


def _connection(alias: str) -> Any:
    """Return Django's connection, or what stands for it where the project is in another process."""
    from django.db import connections

    return StandInConnection(alias) if is_elsewhere() else connections[alias]
