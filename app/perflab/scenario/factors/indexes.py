"""A factor that drops indexes of the database.

Its values: `declared` (the models' Meta.indexes and db_index fields), `foreign_keys` (what Django creates for a foreign key by
itself) or an index's name; `app`, `table` and `migration` narrow them down. Primary keys and the indexes of unique constraints
always stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from perflab.errors import InputError, did_you_mean
from perflab.run.indexes import IndexKind
from perflab.scenario.factors.base import CellChanges, Context, Factor, IndexFacts, Project
from perflab.scenario.indexes.migrations import MadeIndex
from perflab.scenario.source import Problem
from perflab.scenario.strict import Text
from perflab.units import listed

WORDS: dict[str, tuple[IndexKind, ...]] = {"declared": ("meta", "field"), "foreign_keys": ("foreign_key",)}
DESCRIBED = {"declared": "those that the models declare", "foreign_keys": "those that Django adds for foreign keys"}
NARROWING = ("app", "table", "migration")
# Of what there is instead, so many are named.
MAX_NAMED = 12


class IndexFactor(Factor):
    """Switches database indexes off and on; off drops them."""

    drops_indexes: ClassVar[bool] = True

    kind: Literal["indexes"] = Field(description="The kind of switch.")
    which: list[Text] = Field(
        default_factory=list,
        min_length=1,
        description="`declared` (those that the models declare), `foreign_keys` (those that Django adds for foreign keys) or the "
        "name of an index. Default: both, where app, table or migration is given.",
    )
    app: Text | None = Field(default=None, description="Only those on the tables of this app, by its label.")
    table: Text | None = Field(default=None, description="Only those on this table of the database.")
    migration: Text | None = Field(
        default=None,
        description="Only those that this migration made, such as `shop.0008` (the beginning of its name will do): by AddIndex, "
        "db_index, index_together, a foreign key or the creation of a model.",
    )

    @model_validator(mode="after")
    def _says_which(self) -> IndexFactor:
        if not self.which and not any(getattr(self, key) for key in NARROWING):
            raise ValueError("indexes needs `which`, `app`, `table` or `migration`")
        return self

    def describe(self) -> str:
        """Return what the factor switches, in words."""
        what = ", ".join(DESCRIBED.get(word, word) for word in self.which)
        of = ", ".join(f"of the {key} {value}" for key in NARROWING if (value := getattr(self, key)))
        return f"indexes: {' '.join(part for part in (what, of) if part)}"

    def problems(self, project: Project) -> Iterator[Problem]:
        """Yield each word that stands for no index of the models, and a set that is empty."""
        indexes = project.indexes()
        has_problem = False
        for i, word in enumerate(self.which):
            try:
                names = names_of(word, indexes)
            except InputError as error:
                has_problem = True
                yield Problem(("which", i), error.what, error.hint)
            else:
                if not names:
                    has_problem = True
                    yield Problem(
                        ("which", i), f"the project's models have no indexes of the kind {word!r}", "remove the factor"
                    )
        if not has_problem:
            try:
                self._names(indexes, project.index_facts())
            except InputError as error:
                key = next((key for key in NARROWING if getattr(self, key)), "which")
                yield Problem((key,), error.what, error.hint)

    def stands_for(self, project: Project) -> list[str]:
        """Return the names of the indexes, as `perflab check` lists them."""
        return self._names(project.indexes(), project.index_facts())

    def changes(self, on: bool, context: Context) -> CellChanges:
        """Return the indexes to drop."""
        return CellChanges(drop_indexes=() if on else tuple(self._names(context.indexes, context.index_facts)))

    def _names(self, indexes: Mapping[str, IndexKind], facts: IndexFacts) -> list[str]:
        """Return the names of the indexes.

        Raises:
            InputError: A word or a key stands for none, or all of them together do.
        """
        words = self.which or list(WORDS)
        names = {name for word in words for name in names_of(word, indexes)}
        for key in NARROWING:
            value = getattr(self, key)
            if value is not None:
                names &= _of(key, value, indexes, facts)
        if not names and any(getattr(self, key) for key in NARROWING):
            raise InputError(f"{self.describe()}: there are none", hint="remove one of the factor's keys")
        return sorted(names)


def names_of(word: str, indexes: Mapping[str, IndexKind]) -> list[str]:
    """Return the names that one word of `which` stands for.

    Args:
        word: `declared`, `foreign_keys` or a name.
        indexes: What made each index of the project, by its name.

    Raises:
        InputError: No index has this name, or a constraint needs it.
    """
    if word in WORDS:
        return [name for name, kind in indexes.items() if kind in WORDS[word]]
    kind = indexes.get(word, "other")
    if kind == "constraint":
        raise InputError(f"the index {word} belongs to a constraint and cannot be switched off", hint="leave it out")
    if kind == "other":
        raise InputError(f"no index is called {word!r}", hint=did_you_mean(word, (*WORDS, *_switchable(indexes))))
    return [word]


def _switchable(indexes: Mapping[str, IndexKind]) -> list[str]:
    return [name for name, kind in indexes.items() if kind not in ("constraint", "other")]


def _of(key: str, value: str, indexes: Mapping[str, IndexKind], facts: IndexFacts) -> set[str]:
    """Return the indexes of an app, of a table or of a migration; the error names what has any instead."""
    groups: dict[str, set[str]] = {}
    switchable = set(_switchable(indexes))
    if key == "migration":
        groups = {migration: switchable & _made(made, facts) for migration, made in facts.migrations.items()}
        value = _migration(value, groups)
    else:
        for name in switchable & set(facts.places):
            groups.setdefault(getattr(facts.places[name], key), set()).add(name)
    if not groups.get(value):
        there = sorted(name for name, names in groups.items() if names)
        there = [name for name in there if name.startswith(f"{value.partition('.')[0]}.")] or there
        others = [f"{len(there) - MAX_NAMED} more"] if len(there) > MAX_NAMED else []
        hint = (
            f"those that have any: {listed([*there[:MAX_NAMED], *others])}" if there else "the project has none at all"
        )
        raise InputError(f"no index that may be dropped is of the {key} {value!r}", hint=hint)
    return groups[value]


def _made(made: Iterable[MadeIndex], facts: IndexFacts) -> set[str]:
    """Return the names of what a migration made: given by it, or of an index on these columns that no migration names."""
    named = {each.name for every in facts.migrations.values() for each in every if each.name}
    own = {each.name for each in made if each.name}
    columns = {(each.table, each.columns) for each in made if not each.name}
    of_columns = {name for name, place in facts.places.items() if (place.table, place.columns) in columns}
    return own | (of_columns - named)


def _migration(value: str, names: Mapping[str, object]) -> str:
    """Return the name of the migration that begins so; the text itself where none does, or several do."""
    whole = [name for name in names if name == value or name.startswith(f"{value}_")]
    return whole[0] if len(whole) == 1 else value
