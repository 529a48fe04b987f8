"""The interface of a source of data: what the data follow from, and how they come into the lab's databases."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from perflab.scenario.subject import cache_tables
from perflab.scenario.subject import tables as schema
from perflab.seeding.digest import inputs_of
from perflab.seeding.loading.drawing import LoadProgress, Report
from perflab.seeding.spec import SeedSpec
from perflab.seeding.table import Table
from perflab.servers.aliases.layout import Layout, layout_of
from perflab.servers.databases import Postgres
from perflab.servers.sqlite import SqliteFiles


@dataclass(frozen=True)
class Ground:
    """The lab's empty databases, which a source fills; Django's connections lead to them meanwhile.

    Attributes:
        server: The server, or the files.
        names: The database of each alias that has one of its own.
        layout: The project's databases.
        caches: The tables of the project's caches.
        report: Called with the progress.
    """

    server: Postgres | SqliteFiles
    names: Mapping[str, str]
    layout: Layout
    caches: Sequence[str]
    report: Report

    def make_tables(self, how: str = schema.MIGRATIONS) -> None:
        """Make all tables of the project, or run the migrations that a database lacks.

        Args:
            how: What the tables are made from.

        Raises:
            SubjectError: The project's migrations or models fail.
        """
        self.report(LoadProgress("migrate", 0, 0))
        for alias in self.names:
            schema.make_tables(how, alias)
        cache_tables.make(list(self.caches))


@dataclass(frozen=True)
class Filled:
    """What a source has put into the databases.

    Attributes:
        rows: The number of rows of each model.
        seconds: How long writing them took.
        remarks: What the data lacks, and what they are, in sentences.
        masked: The fields whose values are masked.
        as_of: The newest moment in the data, in ISO format; None where the scenario decides it.
        vacuumed: The tables that are vacuumed already, by alias.
    """

    rows: Mapping[str, int]
    seconds: float
    remarks: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    as_of: str | None = None
    vacuumed: Mapping[str, Sequence[Table]] = field(default_factory=dict)


class DataSource(ABC):
    """A source.

    Args:
        spec: The data that is wanted.
    """

    #: Whether data of an earlier run may be another than those that are there now, so that a new run takes them anew.
    changes_by_itself: bool = False
    #: Whether tables or rows follow from the models.
    by_models: bool = False

    def __init__(self, spec: SeedSpec) -> None:
        self.spec = spec

    def everything(self, version: str) -> dict[str, Any]:
        """Return everything that the data depends on, with the database's version.

        Args:
            version: Such as 18.6.
        """
        spec = self.spec
        inputs = inputs_of(spec.settings, {spec.vendor: version}, by_models=self.by_models)
        own = {"databases": layout_of(spec.settings).inputs(), "surroundings": dict(spec.surroundings)}
        return {**inputs, **self.inputs(), **{name: value for name, value in own.items() if value}}

    @abstractmethod
    def inputs(self) -> dict[str, Any]:
        """Return what the data follow from, beside the project's migrations and settings, as plain data."""

    def prepare(self) -> list[str]:
        """Find mistakes before a server is started; return what there is to know of the data, in sentences."""
        return []

    @abstractmethod
    def fill(self, ground: Ground) -> Filled:
        """Fill the databases.

        Args:
            ground: The databases.
        """
