"""What the project of the side `on` says of a scenario, and its templates: the data as its migrations leave it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from perflab.errors import InputError
from perflab.experiment.databases import copy_without, drop_if_possible
from perflab.experiment.revisions.migrating import migrate_forward
from perflab.experiment.revisions.projects import Projects, new_migrations
from perflab.experiment.setup.preparation import OtherSide, Prepared, index_facts
from perflab.run.cells import Cell
from perflab.scenario import project
from perflab.scenario.factors.base import Context, cell_changes
from perflab.scenario.profiles import Resolved
from perflab.scenario.subject import index_kinds
from perflab.seeding import SeededData
from perflab.seeding.target import connected
from perflab.servers.aliases.layout import DEFAULT, layout_of
from perflab.servers.database import Database
from perflab.servers.ownership import RUN_PREFIX


def prepare_other(
    question: Resolved,
    projects: Projects,
    data: SeededData,
    cells: Sequence[Cell],
    database: Database,
    base: Prepared,
    stack: ExitStack,
) -> Prepared:
    """Make the templates of the cells with the code of `on`, and return what was prepared with them and that side's project.

    Args:
        question: The scenario at one of its profiles.
        projects: Both sides.
        data: The data, made with the models of `off`.
        cells: All cells.
        database: The database server.
        base: What the side `off` says.
        stack: Drops the templates at its end.

    Raises:
        InputError: `off` has migrations that `on` lacks, or `on` has a database that `off` lacks.
        SubjectError: A migration fails.
        ServerError: A template cannot be made.
    """
    missing = new_migrations(projects)
    scenario, migrations = question.scenario, list[dict[str, Any]]()
    template = data.template
    with projects.at("on"):
        settings = scenario.subject.settings
        layout = layout_of(settings)
        if new := [alias for alias in layout.owners if alias not in base.layout.owners]:
            label = projects.sides.trees["on"].label
            hint = "leave it out of the settings that the scenario names, or let it share the database of another alias"
            raise InputError(f"{label} has the database {new[0]}, which the older side lacks", hint=hint)
        others = base.others
        if missing:
            template = f"{RUN_PREFIX}code_{secrets.token_hex(4)}"
            others = {alias: name for alias, name in layout.names(template).items() if alias != DEFAULT}
            for name, source in {
                template: data.template,
                **{others[alias]: base.others[alias] for alias in others},
            }.items():
                stack.callback(drop_if_possible, database, name)
                database.clone(source, name)
        with connected(layout.to_fill(database, template)):
            if missing:
                for alias in layout.owners:
                    migrations += migrate_forward(scenario.data.schema_, alias)
            kinds = {name: kind for name, (kind, _) in index_kinds.of_database().items()}
            facts = index_facts(scenario)
        for name in (template, *others.values()) if missing else ():
            database.vacuum(name)
        context = Context(project.base_settings(settings), kinds, facts)
    templates, made = dict(base.templates), dict[tuple[str, ...], str]()
    for cell in cells:
        if cell.role == "reference":
            continue
        changes = cell_changes(scenario.factors, cell.is_on, context)
        if changes.code == "on":
            dropped = tuple(changes.drop_indexes)
            if dropped not in made:
                made[dropped] = _without(database, template, dropped, stack)
            templates[cell.name] = made[dropped]
    subject = projects.sides.scenarios["on"].subject
    other = OtherSide(subject, context, layout, migrations, frozenset(made.values()), others)
    return replace(base, templates=templates, other=other)


def _without(database: Database, template: str, dropped: Sequence[str], stack: ExitStack) -> str:
    if not dropped:
        return template
    name = f"{RUN_PREFIX}code_{secrets.token_hex(4)}"
    stack.callback(drop_if_possible, database, name)
    copy_without(database, template, name, dropped)
    return name
