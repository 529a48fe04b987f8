"""Rows from fixtures (`data: {from: fixtures}`): `manage.py loaddata`, where the project is."""

from __future__ import annotations

import time
from typing import Any

from perflab.errors import SubjectError
from perflab.seeding.calling import call, fixture_files
from perflab.seeding.sources.base import DataSource, Filled, Ground
from perflab.seeding.sources.counted import counted


class Fixtures(DataSource):
    """Rows from fixtures."""

    @property
    def names(self) -> list[str]:
        """The fixtures, in the order in which they are loaded."""
        return list(self.spec.data["fixtures"])

    def inputs(self) -> dict[str, Any]:
        """Return the fixtures' names and a digest of their files."""
        return {
            "data": {
                "from": "fixtures",
                "fixtures": self.names,
                "schema": self.spec.schema,
                "files": fixture_files(self.names),
            }
        }

    def prepare(self) -> list[str]:
        """Find out whether all fixtures are there."""
        fixture_files(self.names)
        return [f"rows from the fixtures {', '.join(self.names)}"]

    def fill(self, ground: Ground) -> Filled:
        """Make the tables, and load the fixtures.

        Args:
            ground: The databases.

        Raises:
            SubjectError: A fixture cannot be loaded; its traceback is in the log.
        """
        ground.make_tables(self.spec.schema)
        began = time.monotonic()
        call("loaddata", self.names, "data.fixtures")
        filled = counted(ground, self.spec.settings, time.monotonic() - began, self.prepare())
        if not filled.rows:
            raise SubjectError("the fixtures have no rows", where="data.fixtures")
        return filled
