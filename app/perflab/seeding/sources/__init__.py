"""Where data come from: one module for each value of `data.from`, behind one interface (base.py)."""

from __future__ import annotations

from importlib import import_module

from perflab.seeding.sources.base import DataSource
from perflab.seeding.spec import SeedSpec

MODELS = "models"
# The module of each source, and the class in it.
SOURCES = {
    MODELS: "described:Described", "database": "database:Copied", "fixtures": "fixtures:Fixtures", "command": "command:Command",
}  # fmt: skip


def source_of(spec: SeedSpec) -> DataSource:
    """Return the source of the data that is wanted.

    Args:
        spec: The data.
    """
    module, _, name = SOURCES[str(spec.data.get("from") or MODELS)].partition(":")
    made: DataSource = getattr(import_module(f"{__name__}.{module}"), name)(spec)
    return made
