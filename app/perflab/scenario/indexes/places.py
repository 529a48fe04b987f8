"""The place of each index: the app, the table and the columns that it is on.

`perflab check` has no database, so it predicts names from the models. A run reads the catalogue, where migrations may have
chosen other names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from perflab.scenario.subject import index_kinds
from perflab.scenario.subject.calls import in_project


class IndexPlace(NamedTuple):
    """Where an index is: the label of an app, a table, and columns in order, which are empty for expressions."""

    app: str
    table: str
    columns: tuple[str, ...]


@in_project
def places_by_models() -> dict[str, IndexPlace]:
    """Return the place of each index that the models declare, by its predicted name; needs Django, but no database."""
    from django.db import connection

    editor: Any = connection.schema_editor()
    places: dict[str, IndexPlace] = {}
    for model in _models():
        options = model._meta
        for index in options.indexes:
            names = [name.removeprefix("-") for name in index.fields]
            columns = tuple(options.get_field(name).column for name in names)
            places[index.name] = IndexPlace(options.app_label, options.db_table, columns)
        for together in index_kinds.together(model):
            name = editor._create_index_name(options.db_table, [*together], suffix="_idx")
            places[name] = IndexPlace(options.app_label, options.db_table, together)
        for field in options.local_fields:
            if field.db_index and not field.unique:
                name = editor._create_index_name(options.db_table, [field.column])
                places[name] = IndexPlace(options.app_label, options.db_table, (field.column,))
    return places


@in_project
def places_in_database() -> dict[str, IndexPlace]:
    """Return the place of each index of Django's default database. Costs a query for each model."""
    from django.db import connection

    places: dict[str, IndexPlace] = {}
    with connection.cursor() as cursor:
        for model in _models():
            app, table = model._meta.app_label, model._meta.db_table
            for name, facts in connection.introspection.get_constraints(cursor, table).items():
                if facts["index"]:
                    places[name] = IndexPlace(app, table, tuple(filter(None, facts["columns"] or ())))
    return places


def _models() -> Iterator[Any]:
    from django.apps import apps

    for model in apps.get_models(include_auto_created=True):  # the tables of many-to-many relations, too
        if model._meta.managed and not model._meta.proxy:
            yield model
