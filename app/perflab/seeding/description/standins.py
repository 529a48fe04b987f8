"""What stands for the project's models, instances and functions in the lab, where the project has an interpreter of its own.

Columns are drawn in the lab, and need of a model little more than its fields' names. So a description (`Table`) that comes from
the project's process has these in place of the real things (handing.py); given back to a function that runs there, each is the
real thing again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from perflab.errors import InputError
from perflab.seeding.description import held
from perflab.seeding.description.facts import FieldFacts, InstanceFacts, ModelFacts


class DatabaseDefault:
    """In the place of Django's class of this name: the database fills the value in."""


class StandInField:
    """A field of a stand-in.

    Args:
        model: The stand-in.
        facts: What is known of it.
    """

    def __init__(self, model: StandIn, facts: FieldFacts) -> None:
        self.model = model
        self.facts = facts
        self.name = facts.name
        self.attname = facts.attname
        self.column = facts.column
        self.null = facts.null
        self.unique = facts.unique
        self.primary_key = facts.primary_key
        self.is_relation = facts.is_relation
        self.generated = facts.generated
        self.max_length = facts.max_length
        self.kinds = facts.kinds

    @property
    def related_model(self) -> StandIn | None:
        """The model that a relation leads to; None where each row has another."""
        return None if self.facts.related is None else model_of(self.facts.related)

    @property
    def target_field(self) -> StandInField:
        """The field there that its values are of.

        Raises:
            AttributeError: It is no relation, and does not have it.
        """
        if self.facts.related is None:
            raise AttributeError("target_field")
        return model_of(self.facts.related).field(str(self.facts.target))

    @property
    def fields(self) -> list[StandInField]:
        """The fields of a key of several columns."""
        return [self.model.field(name) for name in self.facts.parts]

    def get_prep_value(self, value: Any) -> Any:
        """Return a value as the field compares it."""
        return held.prepared(self.model, self.facts.name, value)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """Return a value as the field binds it."""
        return held.prepared(self.model, self.facts.name, value, connection)


class StandIn:
    """A model. There is one for each label, as there is one class.

    Args:
        facts: What is known of it.
    """

    def __init__(self, facts: ModelFacts) -> None:
        self.facts = facts
        self.__name__ = facts.name

    @cached_property
    def _meta(self) -> Meta:
        return Meta(self)

    def field(self, name: str) -> StandInField:
        """Return the field with this name, its own or an inherited one."""
        facts = (self.facts.key, *self.facts.local, *self.facts.inherited)
        return StandInField(self, next(each for each in facts if each.name == name))

    def __reduce__(self) -> tuple[object, ...]:
        """Return how to find the model."""
        return held.real_model, (self.facts.label,)

    def __repr__(self) -> str:
        """Return its label."""
        return self.facts.label


class Meta:
    """The options of a stand-in, by Django's names.

    Args:
        model: The stand-in.
    """

    def __init__(self, model: StandIn) -> None:
        facts = model.facts
        self.label = facts.label
        self.db_table = facts.db_table
        self.managed = facts.managed
        self.proxy = facts.proxy
        self.pk = StandInField(model, facts.key)
        self.local_concrete_fields = [StandInField(model, each) for each in facts.local]
        self._concrete = facts.concrete

    @property
    def concrete_model(self) -> StandIn:
        """The model itself, or the one that a proxy stands for."""
        return model_of(self._concrete)


class Archetype:
    """An instance. There is one for each number.

    Args:
        number: The number of the instance.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.facts: InstanceFacts | None = None

    def __getattr__(self, name: str) -> Any:
        """Return the value of a column, or the key."""
        facts = self.__dict__.get("facts")
        if facts is not None and name == "pk":
            return facts.key
        if facts is None or name not in facts.values:
            raise AttributeError(name)
        return facts.values[name]

    def link(self, name: str) -> tuple[Archetype | None, Any]:
        """Return what a relation leads to: the instance, if it is there, and the value of the key."""
        assert self.facts is not None
        number, key = self.facts.links[name]
        return (None if number is None else archetype_of(number)), key

    def __reduce__(self) -> tuple[object, ...]:
        """Return how to find the instance."""
        return held.held, (self.number,)

    def __repr__(self) -> str:
        """Return what the instance looks like."""
        return held.shown(self)


@dataclass(frozen=True)
class Function:
    """A function of the project's."""

    number: int

    def __call__(self, *arguments: Any) -> Any:
        """Call it."""
        return held.called(self.number, [arguments])[0]

    def __reduce__(self) -> tuple[object, ...]:
        """Return how to find the function."""
        return held.held, (self.number,)


@dataclass(frozen=True)
class OwnColumn:
    """A column class of the project's own, which only the project could draw."""

    number: int
    name: str

    def draw(self, rows: Any, rng: object) -> Any:
        """Refuse.

        Raises:
            InputError: Always.
        """
        raise rows.error(
            f"the column class {self.name} is the project's own, and columns are drawn in perflab's interpreter",
            "use the columns of perflab.seeding, or leave out subject.python",
        )

    def __reduce__(self) -> tuple[object, ...]:
        """Return how to find the column."""
        return held.held, (self.number,)


@dataclass(frozen=True)
class StandInConnection:
    """Django's connection to one of the databases that are being filled."""

    alias: str

    def __reduce__(self) -> tuple[object, ...]:
        """Return how to find the connection."""
        return held.real_connection, (self.alias,)


_models: dict[str, StandIn] = {}
_archetypes: dict[int, Archetype] = {}


def stand_in_for(facts: Sequence[ModelFacts]) -> None:
    """Let these models have stand-ins, and no others: those of another process are forgotten."""
    _models.clear()
    _archetypes.clear()
    _models.update({each.label: StandIn(each) for each in facts})


def model_of(label: str) -> StandIn:
    """Return the stand-in of a model.

    Raises:
        InputError: The project's registry has no such model.
    """
    if label not in _models:
        raise InputError(f"{label} is no model of the project's apps", hint="seed models of INSTALLED_APPS")
    return _models[label]


def archetype_of(number: int, facts: InstanceFacts | None = None) -> Archetype:
    """Return the stand-in of an instance.

    Args:
        number: The number of the instance.
        facts: What is known of it now; None leaves what was known.
    """
    archetype = _archetypes.setdefault(number, Archetype(number))
    if facts is not None:
        archetype.facts = facts
    return archetype


def results(function: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Return what a function of the project's returns for each of these arguments; in one call of its process, if it has one.

    Args:
        function: The function, or what stands for it.
        arguments: Archetypes.
    """
    if isinstance(function, Function):
        return held.called(function.number, arguments)
    return [function(*each) for each in arguments]
