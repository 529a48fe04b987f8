"""The databases of the seeding's tests: tables are made in them."""

from __future__ import annotations

from tests.perflab.seeding.conftest import database, new_database

__all__ = ["database", "new_database"]
