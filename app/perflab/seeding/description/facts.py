"""What the lab needs to know of the project's models and instances, as plain data; the names are Django's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class FieldFacts:
    """What the lab needs to know of a field.

    Attributes:
        related: Label of the model that a relation leads to.
        target: The field there that its values are of.
        parts: The fields of a key of several columns.
        kinds: The names of the classes in Django that it is one of.
    """

    name: str
    attname: str
    column: str | None
    null: bool
    unique: bool
    primary_key: bool
    is_relation: bool
    generated: bool
    max_length: int | None
    related: str | None
    target: str | None
    parts: tuple[str, ...]
    kinds: frozenset[str]


@dataclass(frozen=True)
class ModelFacts:
    """What the lab needs to know of a model."""

    label: str
    name: str
    db_table: str
    managed: bool
    proxy: bool
    concrete: str
    key: FieldFacts
    local: tuple[FieldFacts, ...]
    inherited: tuple[FieldFacts, ...]


@dataclass(frozen=True)
class InstanceFacts:
    """What the lab needs to know of an instance.

    Attributes:
        model: Label of its model.
        key: Its primary key.
        values: The values of its columns, by their attributes.
        links: What each relation leads to: the number of the instance, if it is there, and the value of the key.
    """

    model: str
    key: Any
    values: Mapping[str, Any] = field(default_factory=dict)
    links: Mapping[str, tuple[int | None, Any]] = field(default_factory=dict)
