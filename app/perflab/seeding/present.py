"""Rows that are there before seeding: those that data migrations made, and those that the project's function saved.

Seeded rows can link to them. Those of data migrations stay as they are, with their keys, also in tables that are seeded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import AutoField, Model

from perflab.scenario.subject.calls import in_project
from perflab.scenario.subject.tables import make_models
from perflab.seeding.columns.base import needed_models
from perflab.seeding.table import Table

# What rows can be written to: a table or a partitioned one.
TABLES = ("r", "p")
KINDS = """
    SELECT (SELECT relkind::text FROM pg_class WHERE oid = to_regclass(name))
    FROM unnest(%s::text[]) WITH ORDINALITY AS t(name, place) ORDER BY place
"""
SQLITE_KINDS = "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view')"


@dataclass(frozen=True)
class Kept:
    """The rows of a seeded table that stay: their keys, and the greatest one if keys are numbers (else 0)."""

    keys: frozenset[Any]
    last: int


@dataclass(frozen=True)
class Present:
    """What is in the database before seeding.

    Args:
        tables: The rows of tables that are not seeded, as far as seeded rows may link to them.
        kept: The rows of seeded tables that stay.
        kinds: What the database has under each model's name: a table (r), a partitioned one (p), a view (v), a materialised
            one (m), nothing (None); no entry while that is not known.
    """

    tables: Mapping[type[Model], Table] = field(default_factory=dict)
    kept: Mapping[type[Model], Kept] = field(default_factory=dict)
    kinds: Mapping[type[Model], str | None] = field(default_factory=dict)

    @property
    def is_known(self) -> bool:
        """Whether the database was asked; without it nothing is known of rows that migrations make."""
        return bool(self.kinds)


UNKNOWN = Present()


@dataclass(frozen=True)
class Before:
    """The state after migrating: what there is under each model's name, and the models whose tables have rows."""

    kinds: Mapping[type[Model], str | None]
    filled: frozenset[type[Model]]


@in_project
def look() -> Before:
    """Return the state of databases that have just been migrated, before the project's function may save rows.

    Costs a query for each database, and one for each table.
    """
    from django.apps import apps

    kinds = _look([model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy])
    return Before(kinds, frozenset(m for m, kind in kinds.items() if kind in TABLES and _rows(m).exists()))


@in_project
def with_tables(tables: Sequence[Table], before: Before) -> Before:
    """Return the state with what the project's function made, and with a table for each unmanaged model that it seeds.

    In production such a table is there, made by somebody else; an empty database has it from nobody.

    Args:
        tables: The description.
        before: The state before the description was made.

    Raises:
        SubjectError: The database refuses a table.
    """
    kinds = {**before.kinds, **_look([model for model, kind in before.kinds.items() if kind is None])}
    listed = dict.fromkeys(table.model for table in tables)
    lacking = [model for model in listed if model in kinds and kinds[model] is None and not model._meta.managed]
    for alias, models in _by_home(lacking).items():
        make_models(alias, models)
    return Before({**kinds, **_look(lacking)}, before.filled)


@in_project
def read_present(tables: Sequence[Table], before: Before) -> Present:
    """Read the rows that seeded ones may link to, and the keys of those that stay.

    Args:
        tables: The description.
        before: The state before the description was made.
    """
    listed = {table.model for table in tables}
    linked: set[Any] = set()
    for table in tables:
        linked |= needed_models([*table.columns.values(), *table.links.values()])
        linked |= {f.related_model for f in table.model._meta.local_concrete_fields if f.is_relation}
    others = {model._meta.concrete_model for model in linked} - listed
    return Present(
        {model: Table(model, None, list(_rows(model))) for model in others if before.kinds.get(model) in TABLES},
        {table.model: _kept(table.model) for table in tables if table.keep and table.model in before.filled},
        before.kinds,
    )


def _kept(model: type[Model]) -> Kept:
    keys = frozenset(_rows(model).values_list("pk", flat=True))
    numbers = keys if isinstance(model._meta.pk, AutoField) else ()
    return Kept(keys, max((int(key) for key in numbers), default=0))


def _home(model: type[Model]) -> str:
    """Return the alias of the database that a model is written to; `default` where that one is not filled."""
    from django.db import DEFAULT_DB_ALIAS, connections, router

    alias = str(router.db_for_write(model))
    return alias if alias in connections else DEFAULT_DB_ALIAS


def _by_home(models: Sequence[type[Model]]) -> dict[str, list[type[Model]]]:
    by_alias: dict[str, list[type[Model]]] = {}
    for model in models:
        by_alias.setdefault(_home(model), []).append(model)
    return by_alias


def _look(models: Sequence[type[Model]]) -> dict[type[Model], str | None]:
    kinds: dict[type[Model], str | None] = {}
    for alias, group in _by_home(models).items():
        kinds |= _kinds(group, alias)
    return kinds


def _rows(model: Any) -> Any:
    """Return all rows, whatever the project's managers leave out."""
    return model._base_manager.using(_home(model)).order_by("pk")


def _kinds(models: Sequence[type[Model]], alias: str) -> dict[type[Model], str | None]:
    from django.db import connections

    connection: Any = connections[alias]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(SQLITE_KINDS)
            types = {name: "r" if type_ == "table" else "v" for name, type_ in cursor.fetchall()}
            return {model: types.get(model._meta.db_table) for model in models}
        cursor.execute(KINDS, [[connection.ops.quote_name(model._meta.db_table) for model in models]])
        return dict(zip(models, (kind for (kind,) in cursor.fetchall()), strict=True))


def unmanaged(before: Mapping[type[Model], str | None], after: Mapping[type[Model], str | None]) -> list[str]:
    """Return a remark for each model that has no table, and for each whose table no migration makes.

    Args:
        before: What there was under each model's name after migrating.
        after: What there is now.
    """
    remarks = []
    for model, kind in sorted(before.items(), key=lambda item: item[0]._meta.label):
        if kind is not None:
            continue
        label, table = model._meta.label, model._meta.db_table
        if after.get(model) is not None:
            remarks.append(
                f"{label} is unmanaged, and no migration makes {table}: it is made from the model or by the seeding, and may"
                " lack indexes that it has in production"
            )
        else:
            why = "it is unmanaged, and no migration makes it" if not model._meta.managed else "no migration makes it"
            remarks.append(f"{label} has no table {table}: {why}")
    return remarks
