"""The indexes that each migration made, read from its operations: what it adds, and what later ones rename or remove.

Constraints make indexes, too, which are needed and not listed; nor are those of the tables of many-to-many relations, which no
operation names. What RunSQL or RunPython does shows only where the migration states it (SeparateDatabaseAndState).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from perflab.scenario.subject.calls import in_project


class MadeIndex(NamedTuple):
    """An index that a migration made: its name where the migration gives it one; else it is that on these columns."""

    name: str | None
    table: str
    columns: tuple[str, ...]


@in_project
def made_by_migrations() -> dict[str, list[MadeIndex]]:
    """Return the indexes that each migration made and that are still there, by `app.name`; needs no database.

    Migrations that made none are left out.
    """
    from django.apps import apps
    from django.core.exceptions import FieldDoesNotExist
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(None, ignore_no_migrations=True)
    history = History()
    for key in _in_order(loader):
        migration = loader.graph.nodes[key]
        for operation in migration.operations:
            history.apply(f"{key[0]}.{key[1]}", key[0], operation)
    made: dict[str, list[MadeIndex]] = {}
    for declared in history.declared:
        try:
            options = apps.get_model(declared.app, declared.model)._meta
            columns = tuple(options.get_field(name).column for name in declared.fields)
        except (LookupError, FieldDoesNotExist):  # the model or the field is gone
            continue
        made.setdefault(declared.migration, []).append(MadeIndex(declared.name, options.db_table, columns))
    return made


def _in_order(loader: Any) -> list[tuple[str, str]]:
    """Return all migrations, each after those that it depends on."""
    ordered: dict[tuple[str, str], None] = {}
    for leaf in loader.graph.leaf_nodes():
        ordered |= dict.fromkeys(loader.graph.forwards_plan(leaf))
    return list(ordered)


@dataclass(frozen=True)
class Declared:
    """An index that a migration declares on fields of a model, by the names that both have now."""

    migration: str
    app: str
    model: str
    fields: tuple[str, ...]
    name: str | None = None


@dataclass
class History:
    """What is declared after the operations so far. Models are named in lower case, as operations compare them."""

    declared: list[Declared] = field(default_factory=list)

    def apply(self, migration: str, app: str, operation: Any) -> None:
        """Note what one operation of a migration does to indexes.

        Args:
            migration: The migration, as `app.name`.
            app: The app's label.
            operation: The operation.
        """
        kind = next((base.__name__ for base in type(operation).__mro__ if base.__name__ in OPERATIONS), None)
        if kind == "SeparateDatabaseAndState":
            for part in operation.state_operations or operation.database_operations:
                self.apply(migration, app, part)
        elif kind == "CreateModel":
            self._create(migration, app, operation)
        elif kind == "RenameModel":
            old, new = operation.old_name.lower(), operation.new_name.lower()
            self._change(app, old, lambda each: replace(each, model=new))
        elif kind is not None:
            self._apply_to_model(kind, migration, app, operation)

    def _apply_to_model(self, kind: str, migration: str, app: str, operation: Any) -> None:
        model = str(getattr(operation, "model_name", None) or operation.name).lower()
        if kind == "DeleteModel":
            self._change(app, model, lambda each: None)
        elif kind == "AddIndex":
            self._add(migration, app, model, _fields(operation.index), operation.index.name)
        elif kind == "RemoveIndex":
            self._change(app, model, lambda each: None if each.name == operation.name else each)
        elif kind == "RenameIndex":
            self._change(app, model, lambda each: _renamed(each, operation))
        elif kind == "RenameField":
            self._change(app, model, lambda each: replace(each, fields=_with_new_name(each.fields, operation)))
        elif kind == "RemoveField":
            self._change(app, model, lambda each: None if operation.name in each.fields else each)
        elif kind in ("AddField", "AlterField"):
            self._field(migration, app, model, operation)
        elif kind == "AlterIndexTogether":
            self._together(migration, app, model, operation.option_value or ())

    def _create(self, migration: str, app: str, operation: Any) -> None:
        model = operation.name.lower()
        for name, own in operation.fields:
            if own.db_index and not own.unique:
                self._add(migration, app, model, (name,))
        for index in operation.options.get("indexes") or ():
            self._add(migration, app, model, _fields(index), index.name)
        self._together(migration, app, model, operation.options.get("index_together") or ())

    def _field(self, migration: str, app: str, model: str, operation: Any) -> None:
        """A field that has an index now: it was made here if the field had none before."""
        own = (operation.name,)
        has_index = operation.field.db_index and not operation.field.unique
        had_index = any(_is_of(each, app, model) and each.fields == own and each.name is None for each in self.declared)
        if has_index and not had_index:
            self._add(migration, app, model, own)
        elif not has_index:
            self._change(app, model, lambda each: None if each.fields == own and each.name is None else each)

    def _together(self, migration: str, app: str, model: str, value: Sequence[Sequence[str]]) -> None:
        """The whole value of index_together: what is new in it was made here, and what is not in it is gone."""
        wanted = {tuple(names) for names in value}
        had = {each.fields for each in self.declared if _is_of(each, app, model) and _is_together(each)}
        self._change(app, model, lambda each: None if _is_together(each) and each.fields not in wanted else each)
        for names in sorted(wanted - had):
            self._add(migration, app, model, names)

    def _add(self, migration: str, app: str, model: str, fields: tuple[str, ...], name: str | None = None) -> None:
        self.declared.append(Declared(migration, app, model, fields, name))

    def _change(self, app: str, model: str, change: Any) -> None:
        """Replace what is declared of a model; None removes it."""
        self.declared = [
            changed
            for each in self.declared
            if (changed := change(each) if _is_of(each, app, model) else each) is not None
        ]


# The operations that add, rename or remove indexes, or what they are on; those of packages are subclasses.
OPERATIONS = frozenset(
    {
        "SeparateDatabaseAndState", "CreateModel", "RenameModel", "DeleteModel", "AddIndex", "RemoveIndex", "RenameIndex",
        "RenameField", "RemoveField", "AddField", "AlterField", "AlterIndexTogether",
    }
)  # fmt: skip


def _is_of(declared: Declared, app: str, model: str) -> bool:
    return (declared.app, declared.model) == (app, model)


def _is_together(declared: Declared) -> bool:
    return declared.name is None and len(declared.fields) > 1


def _fields(index: Any) -> tuple[str, ...]:
    """The fields of an index without their order; nothing where it is on expressions."""
    return tuple(name.removeprefix("-") for name in index.fields)


def _with_new_name(fields: tuple[str, ...], operation: Any) -> tuple[str, ...]:
    return tuple(operation.new_name if name == operation.old_name else name for name in fields)


def _renamed(declared: Declared, operation: Any) -> Declared:
    """An index after RenameIndex, which also gives a name to one of index_together."""
    old_fields = tuple(operation.old_fields or ())
    is_meant = (declared.name == operation.old_name) if operation.old_name else declared.fields == old_fields
    return replace(declared, name=operation.new_name) if is_meant else declared
