"""Preparation of a run: what the scenario's names stand for in this project and its database, and the templates."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from perflab.errors import InputError
from perflab.experiment.databases import template_for
from perflab.experiment.observe import catalogue
from perflab.run.cells import Cell
from perflab.run.indexes import Index
from perflab.scenario import project
from perflab.scenario.factors.base import Context, IndexFacts, cell_changes
from perflab.scenario.indexes.migrations import made_by_migrations
from perflab.scenario.indexes.places import places_in_database
from perflab.scenario.keys.subject import Subject
from perflab.scenario.models import Scenario
from perflab.scenario.profiles import Resolved
from perflab.scenario.project_checks import example_path
from perflab.scenario.subject import index_kinds
from perflab.scenario.subject.tables import newest_migrations
from perflab.seeding import SeededData
from perflab.seeding.target import connected
from perflab.servers.aliases.layout import DEFAULT, Layout, layout_of
from perflab.servers.database import Database
from perflab.workload.people import Population


@dataclass(frozen=True)
class OtherSide:
    """Hold the project of the cells with the code of `on`, where a factor switches the code.

    Attributes:
        subject: Where it runs.
        context: What factors need to know of it.
        layout: Its databases.
        migrations: What each migration that the data lacked did to them, as run.json keeps it.
        templates: The templates that were migrated for it.
        others: Of these, those that are not `default`'s, by alias.
    """

    subject: Subject
    context: Context
    layout: Layout
    migrations: Sequence[Mapping[str, Any]] = ()
    templates: Collection[str] = ()
    others: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Prepared:
    """Hold what the project and its database say about a scenario.

    Attributes:
        context: What factors need to know of the project: its settings and the kinds of its indexes.
        templates: The template of each cell's database.
        population: Who takes part, and the rows that they request.
        index_names: The indexes that each factor drops, by the names of the factors that drop any.
        indexes: All indexes of the project's database.
        migrations: The newest migration of each app.
        urls: The number of the project's URL patterns, and of those that the scenario requests, see project.urls.
        layout: The project's databases.
        others: The templates of those that are not `default`'s, by alias; `others_of` has those of a cell.
        other: The project with the code of `on`.
    """

    context: Context = field(default_factory=Context)
    templates: Mapping[str, str] = field(default_factory=dict)
    population: Population = field(default_factory=lambda: Population("", {}, {}))
    index_names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    indexes: Sequence[Index] = ()
    migrations: Mapping[str, str] = field(default_factory=dict)
    urls: Mapping[str, int] = field(default_factory=dict)
    layout: Layout = field(default_factory=Layout)
    others: Mapping[str, str] = field(default_factory=dict)
    other: OtherSide | None = None

    def others_of(self, template: str) -> Mapping[str, str]:
        """Return the templates of the other databases, by alias, that belong to a cell's.

        Args:
            template: The template of the cell's `default`.
        """
        return self.other.others if self.other is not None and template in self.other.templates else self.others

    @property
    def candidates(self) -> list[str]:
        """Return the indexes in question: those that factors switch, else those that the models declare."""
        switched = sorted({name for names in self.index_names.values() for name in names})
        return switched or sorted(index.name for index in self.indexes if index.kind in ("meta", "field"))


def prepare(question: Resolved, seed: int, data: SeededData, cells: Sequence[Cell], database: Database) -> Prepared:
    """Read the catalogue and the population from the database, and make the templates.

    Seeding has set Django up; its connection to the base is closed again, because a template must have none open.

    Args:
        question: The scenario at one of its profiles.
        seed: Seed of the run.
        data: The seeded data.
        cells: All cells of the run.
        database: The database server.

    Raises:
        InputError: A factor finds no index to switch, or the data has no row to draw params from.
        ServerError: A template cannot be made.
    """
    scenario = question.scenario
    database.drop_leftovers()
    layout = layout_of(scenario.subject.settings)
    others = {alias: name for alias, name in layout.names(data.template).items() if alias != DEFAULT}
    with connected(layout.to_fill(database, data.template)):
        from perflab.workload.reading import read_population

        made_by = index_kinds.of_database()
        kinds = {name: kind for name, (kind, _) in made_by.items()}
        context = Context(project.base_settings(scenario.subject.settings), kinds, index_facts(scenario))
        own = (scenario.subject.settings, scenario.seeding, context.settings["ROOT_URLCONF"])
        packages = index_kinds.packages(sorted({label for _, label in made_by.values()}), own)
        indexes = [
            replace(index, package=packages.get(index.model or ""))
            for index in catalogue.indexes(database, data.template, made_by)
        ]
        migrations = newest_migrations()
        urls = project.urls([example_path(endpoint) for endpoint in scenario.traffic.endpoints])
        index_names = dict(_index_names(scenario, context))
        population = read_population(scenario, seed)
    templates = {
        cell.name: template_for(
            database, data.template, cell_changes(scenario.factors, cell.is_on, context).drop_indexes
        )
        for cell in cells
        if cell.role != "reference"
    }
    return Prepared(context, templates, population, index_names, indexes, migrations, urls, layout, others)


def index_facts(scenario: Scenario) -> IndexFacts:
    """Return where the indexes of Django's database are and which migrations made them, if a factor may ask for that.

    Args:
        scenario: The scenario.
    """
    if any(factor.drops_indexes for factor in scenario.factors):
        return IndexFacts(places_in_database(), made_by_migrations())
    return IndexFacts()


def _index_names(scenario: Scenario, context: Context) -> Iterator[tuple[str, list[str]]]:
    """Yield each factor that drops indexes, with the indexes that it switches."""
    for factor in scenario.factors:
        if factor.drops_indexes:
            names = list(factor.changes(False, context).drop_indexes)
            if not names:
                raise InputError(f"the factor {factor.name} has no index to switch", where=str(scenario.path))
            yield factor.name, names
