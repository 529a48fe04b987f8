"""What made each index of a project: from its models alone, or from the catalogue of its database.

`perflab check` has no database, so it predicts names from the models. A run reads the catalogue, where migrations may have
chosen other names.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perflab.scenario.subject.calls import in_project

if TYPE_CHECKING:
    from perflab.run.indexes import IndexKind

# Folders of installed packages.
INSTALLED = frozenset({"site-packages", "dist-packages"})


@in_project
def of_models() -> dict[str, IndexKind]:
    """Return {index name: kind} as the models of the project declare them; needs Django, but no database."""
    from django.apps import apps
    from django.db import connection, models

    kinds: dict[str, IndexKind] = {}
    editor: Any = connection.schema_editor()
    for model in apps.get_models(include_auto_created=True):  # the tables of many-to-many relations, too
        options = model._meta
        if not options.managed or options.proxy:
            continue
        kinds |= {index.name: "meta" for index in options.indexes}
        for columns in together(model):
            kinds[editor._create_index_name(options.db_table, [*columns], suffix="_idx")] = "meta"
        kinds |= {c.name: "constraint" for c in options.constraints if isinstance(c, models.UniqueConstraint)}
        fields: list[Any] = options.local_fields
        for field in fields:
            if field.db_index and not field.unique:
                name = editor._create_index_name(options.db_table, [field.column])
                kinds[name] = "foreign_key" if field.is_relation else "field"
    return kinds


@in_project
def of_database() -> dict[str, tuple[IndexKind, str]]:
    """Return {index name: (kind, label of the model)} of Django's default database. Costs a query for each model."""
    from django.apps import apps
    from django.db import connection

    return of_catalogue(apps.get_models(include_auto_created=True), connection)


def of_catalogue(models: Iterable[Any], connection: Any) -> dict[str, tuple[IndexKind, str]]:
    """Return {index name: (kind, label of the model)} of these models' tables. Costs a query for each model.

    Args:
        models: Django models.
        connection: Django's connection to the database.
    """
    made_by: dict[str, tuple[IndexKind, str]] = {}
    with connection.cursor() as cursor:
        for model in models:
            in_meta = {index.name for index in model._meta.indexes}
            of_relations = {f.column for f in model._meta.local_fields if f.is_relation and f.db_index}
            of_fields = {f.column for f in model._meta.local_fields if f.db_index and not f.unique} - of_relations
            for name, facts in connection.introspection.get_constraints(cursor, model._meta.db_table).items():
                if not facts["index"] and not facts["unique"]:
                    continue
                kind: IndexKind = "other"
                if facts["primary_key"] or facts["unique"]:
                    kind = "constraint"
                elif name in in_meta or tuple(facts["columns"]) in together(model):
                    kind = "meta"
                elif set(facts["columns"]) <= of_fields:
                    kind = "field"
                elif set(facts["columns"]) <= of_relations:
                    kind = "foreign_key"
                made_by[name] = (kind, str(model._meta.label))
    return made_by


def together(model: Any) -> set[tuple[str, ...]]:
    """Return the columns of each entry of a model's index_together, which there is up to Django 5.0."""
    options = model._meta
    return {tuple(options.get_field(name).column for name in names) for names in getattr(options, "index_together", ())}


@in_project
def packages(labels: Sequence[str], own: Sequence[str]) -> dict[str, str | None]:
    """Return the installed app that each model belongs to, by its label; see `package_of`.

    Args:
        labels: Labels of models.
        own: Modules of the project.
    """
    from django.apps import apps

    return {label: package_of(apps.get_model(label), own) for label in labels}


def package_of(model: Any, own: Iterable[str]) -> str | None:
    """Return the installed app that a model belongs to, such as `taggit`; None for a model of the project's own code.

    Args:
        model: A Django model.
        own: Modules of the project, such as its settings: what lies in a package of theirs is its own, though it is installed.
    """
    file = getattr(sys.modules.get(model.__module__), "__file__", None)
    top = model.__module__.partition(".")[0]
    if file is None or INSTALLED.isdisjoint(Path(file).parts) or top in {name.partition(".")[0] for name in own}:
        return None
    return str(model._meta.app_config.name)
