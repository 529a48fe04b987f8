"""What archetypes bring themselves: links to other instances, keys of saved rows, defaults that the database fills in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import AutoField, Field
from django.db.models.fields import NOT_PROVIDED

from perflab.seeding.columns.arrays import np
from perflab.seeding.columns.rng import Numbers
from perflab.seeding.description.standins import Archetype
from perflab.seeding.table import Table


@dataclass(frozen=True)
class Linked:
    """An archetype's link: the instance (None if only a key is known) and the value of its foreign key (None if unsaved)."""

    instance: Any
    key: Any

    @property
    def is_there(self) -> bool:
        """Whether the archetype links to anything."""
        return self.instance is not None or self.key is not None


def link_of(archetype: Any, relation: Any) -> Linked:
    """Return what an archetype's foreign key leads to, without a query.

    Args:
        archetype: The instance.
        relation: The foreign key's field.
    """
    if isinstance(archetype, Archetype):
        return Linked(*archetype.link(relation.name))
    instance = relation.get_cached_value(archetype, default=None) if hasattr(relation, "get_cached_value") else None
    key = getattr(archetype, relation.attname)
    if instance is not None and key is None:  # saved after the link was made
        key = getattr(instance, relation.target_field.attname)
    return Linked(instance, key)


def is_kind(field: Any, kind: type[Field[Any, Any]]) -> bool:
    """Say whether a field, or what stands for one, is of one of Django's classes or derived from it.

    Args:
        field: The field.
        kind: The class: one of handing.KINDS.
    """
    return isinstance(field, kind) or kind.__name__ in getattr(field, "kinds", ())


def is_left_to_the_database(value: object) -> bool:
    """Say whether an instance's value is a default that the database fills in (db_default, Django 5.0)."""
    return type(value).__name__ == "DatabaseDefault"


def is_default_of_the_database(field: Any) -> bool:
    """Say whether the database fills a field in that has no value."""
    return getattr(field, "db_default", NOT_PROVIDED) is not NOT_PROVIDED


def is_left_out(table: Table, field: Field[Any, Any]) -> bool:
    """Say whether no archetype has a value for a field with a default of the database."""
    if field.is_relation or not table.archetypes:
        return False
    return all(is_left_to_the_database(getattr(archetype, field.attname)) for archetype in table.archetypes)


def counted_keys(table: Table, last: int) -> Numbers | None:
    """Return the keys of a table whose archetypes are the rows, if some have one; the others are numbered after them.

    Args:
        table: The description.
        last: The greatest key that is taken; 0 for none.
    """
    if table.rows is not None or not is_kind(table.model._meta.pk, AutoField):
        return None
    keys = [archetype.pk for archetype in table.archetypes]
    if all(key is None for key in keys):
        return None
    following = max(last, *(int(key) for key in keys if key is not None))
    numbered = []
    for key in keys:
        following += key is None
        numbered.append(following if key is None else int(key))
    return np.array(numbered, np.int64)
