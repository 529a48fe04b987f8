"""The same, with a migration that PostgreSQL refuses."""

from tests.cases.seeds.settings import *  # noqa: F403

MIGRATION_MODULES = {"seeds": "tests.cases.seeds.failing"}
