"""Seeding: model rows built by the project's factories, multiplied to millions.

A project describes its data with the vocabulary exported here (see table.py and columns/base.py); `ensure` returns the data
of a scenario, seeded by an earlier call or by this one.

The vocabulary is light: a project's own interpreter imports it without numpy. What draws and writes rows is imported when it is
used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from perflab.seeding.columns.base import Column
from perflab.seeding.columns.children import CountOf, OneOf
from perflab.seeding.columns.choices import Distinct, Each, Pick, Popular
from perflab.seeding.columns.derived import Either, Mostly, Same, Sometimes, Turn
from perflab.seeding.columns.series import Key, Series
from perflab.seeding.columns.values import After, Between, Numbered, Uuid
from perflab.seeding.table import Table

if TYPE_CHECKING:
    from perflab.seeding.archetypes import archetypes_of
    from perflab.seeding.loading.copy import multiply
    from perflab.seeding.loading.drawing import LoadProgress
    from perflab.seeding.loading.insert import insert
    from perflab.seeding.manifest import SeededData
    from perflab.seeding.spec import SeedSpec

__all__ = [
    "After",
    "Between",
    "Column",
    "CountOf",
    "Distinct",
    "Each",
    "Either",
    "Key",
    "LoadProgress",
    "Mostly",
    "Numbered",
    "OneOf",
    "Pick",
    "Popular",
    "Same",
    "SeedSpec",
    "SeededData",
    "Series",
    "Sometimes",
    "Table",
    "Turn",
    "Uuid",
    "archetypes_of",
    "ensure",
    "event_of",
    "insert",
    "multiply",
]

_HEAVY = {
    "LoadProgress": "loading.drawing", "SeedSpec": "spec", "SeededData": "manifest", "archetypes_of": "archetypes",
    "insert": "loading.insert", "multiply": "loading.copy",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Return what needs more than the standard library and Django."""
    if name not in _HEAVY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HEAVY[name]}"), name)


def ensure(
    resolved: Any, seed: int, report: Callable[[dict[str, Any]], None] = lambda _: None, *, anew: bool = False
) -> SeededData:
    """Return the data of a scenario, seeded if it is missing.

    Args:
        resolved: The scenario (perflab.scenario.profiles.Resolved).
        seed: The run's seed.
        report: Called with events for perflab.notebook.events.
        anew: Take a new copy of a server's database, even if there is one of an earlier run.
    """
    from perflab.seeding.seed import ensure as ensure_spec

    spec = spec_of(resolved.scenario, resolved.rows, seed)
    return ensure_spec(spec, lambda progress: report(event_of(progress)), anew=anew)


def spec_of(scenario: Any, rows: Mapping[str, int], seed: int) -> SeedSpec:
    """Return the data that a scenario wants; the project is set up.

    Args:
        scenario: The scenario (perflab.scenario.models.Scenario).
        rows: How many rows, after the profile's scale.
        seed: The run's seed.
    """
    from perflab.scenario.subject import surroundings
    from perflab.seeding.spec import SeedSpec
    from perflab.servers.choice import vendor_of

    subject, data = scenario.subject, scenario.data
    vendor = vendor_of(subject.settings, subject.database)
    return SeedSpec(
        subject.settings, scenario.seeding, data.as_of, rows, seed, vendor, data.schema_, surroundings.facts(subject),
        data.model_dump(mode="json", by_alias=True),
    )  # fmt: skip


def event_of(progress: LoadProgress) -> dict[str, Any]:
    """Return progress as an event. A phase without rows to count is only named."""
    if not progress.total_rows:
        return {"event": "phase", "name": f"seed: {progress.phase}"}
    return {
        "event": "progress",
        "phase": f"seed: {progress.phase}",
        "done": progress.done_rows,
        "total": progress.total_rows,
        "rate": progress.rate_rows_per_s,
        "eta_s": progress.eta_s,
    }
