"""The base of all kinds of factors: keys, explanation, requirements of the project, and changes to a cell.

A kind is one file beside this one, with one class, and its name in `KINDS` of `factors/__init__.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import Field

from perflab.run.indexes import IndexKind
from perflab.run.scenario import CACHES, COMPARES_CODE, DROPS_INDEXES
from perflab.scenario.indexes.migrations import MadeIndex
from perflab.scenario.indexes.places import IndexPlace
from perflab.scenario.project import LAB_SETTINGS
from perflab.scenario.source import Problem
from perflab.scenario.strict import Name, StrictModel, Text

EFFORT = "The effort of making the change permanent, in your own words; the page shows it beside its recommendation."


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """Where each index is, by its name, and what each migration made, by `app.name`."""

    places: Mapping[str, IndexPlace] = field(default_factory=dict)
    migrations: Mapping[str, Sequence[MadeIndex]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Project:
    """What a factor is checked against before a run.

    `settings` are Django's. `indexes` returns what made each index that the models declare, `index_facts` where these are and
    which migrations made them; each takes some milliseconds, so only factors that need it call it. `database` is `postgresql` or
    `sqlite`; None if it is not known yet.
    """

    settings: Any
    indexes: Callable[[], Mapping[str, IndexKind]]
    database: str | None = None
    index_facts: Callable[[], IndexFacts] = IndexFacts


@dataclass(frozen=True, slots=True)
class Context:
    """What a factor can read during a run: the settings, with the changes of earlier factors, and the database's indexes."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    indexes: Mapping[str, IndexKind] = field(default_factory=dict)
    index_facts: IndexFacts = field(default_factory=IndexFacts)


@dataclass(frozen=True, slots=True)
class CellChanges:
    """What one level of a factor, or all levels of a cell, change.

    `settings` replace the project's. `database_options` go into OPTIONS of the default database's connection.
    `drop_indexes` are the indexes that the cell's database lacks. `environment` holds variables of the worker process.
    `server` holds keys of `capacity`, which only the load test sees. `code` is the side whose code runs, see code.py; None is
    the project as it is.

    Raises:
        ValueError: `settings` has a setting that perflab sets itself, so that the change would be lost.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    database_options: Mapping[str, Any] = field(default_factory=dict)
    drop_indexes: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    server: Mapping[str, Any] = field(default_factory=dict)
    code: str | None = None

    def __post_init__(self) -> None:
        if ignored := LAB_SETTINGS & set(self.settings):
            raise ValueError(f"perflab sets {', '.join(sorted(ignored))} itself: use database_options or environment")

    def __or__(self, later: CellChanges) -> CellChanges:
        """Combine two changes. The later value wins, but indexes and PostgreSQL's `options` (`-c NAME=VALUE ...`) add up."""
        return CellChanges(
            {**self.settings, **later.settings},
            with_options(self.database_options, later.database_options),
            tuple(sorted({*self.drop_indexes, *later.drop_indexes})),
            {**self.environment, **later.environment},
            {**self.server, **later.server},
            later.code or self.code,
        )


class Factor(StrictModel):
    """A named switch with the levels `off` and `on`: the base of all kinds."""

    # Traits: what the report needs to know of a factor of any kind; run.json keeps them beside the factors.
    caches: ClassVar[bool] = False
    drops_indexes: ClassVar[bool] = False
    compares_code: ClassVar[bool] = False

    name: Name = Field(description="Its name in the report and in cells.")
    kind: str = Field(description="The kind of switch.")
    effort: Text | None = Field(default=None, description=EFFORT)

    @property
    def traits(self) -> list[str]:
        """Return the names of the traits that this kind has."""
        flags = {CACHES: self.caches, DROPS_INDEXES: self.drops_indexes, COMPARES_CODE: self.compares_code}
        return [name for name, is_set in flags.items() if is_set]

    @classmethod
    def kind_name(cls) -> str:
        """Return the value of `kind` in a scenario file, which is also the name of the module."""
        return cls.__module__.rpartition(".")[2]

    def describe(self) -> str:
        """Return what the factor switches, in words."""
        raise NotImplementedError

    def problems(self, project: Project) -> Iterator[Problem]:
        """Yield what the project lacks for this factor; places are relative to the factor."""
        yield from ()

    def remarks(self, settings: Mapping[str, Any]) -> Iterator[str]:
        """Yield what the scenario's author should know of it in a project with these settings, a sentence each."""
        yield from ()

    def stands_for(self, project: Project) -> list[str]:
        """Return the names of what it switches, where its keys do not name them; for `perflab check`."""
        return []

    def changes(self, on: bool, context: Context) -> CellChanges:
        """Return what one level changes; `on` is False for the baseline."""
        raise NotImplementedError


def cell_changes(factors: Iterable[Factor], is_on: Callable[[str], bool], context: Context) -> CellChanges:
    """Combine what all factors change in one cell, in the scenario's order.

    Args:
        factors: The scenario's factors.
        is_on: Tells the level of a factor in this cell by its name.
        context: The settings and indexes before any change; each factor sees the settings that earlier ones changed.
    """
    total = CellChanges()
    for factor in factors:
        seen = Context({**context.settings, **total.settings}, context.indexes, context.index_facts)
        total |= factor.changes(is_on(factor.name), seen)
    return total


def with_options(options: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return a connection's OPTIONS with more of them; PostgreSQL's `options` text is continued and not replaced."""
    merged = {**options, **more}
    if options.get("options") and more.get("options"):
        merged["options"] = f"{options['options']} {more['options']}"
    return merged
