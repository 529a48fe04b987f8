"""A factor that drops indexes of the database.

Its values: `declared` (the models' Meta.indexes and db_index fields), `foreign_keys` (what Django creates for a foreign key by
itself) or an index's name. Primary keys and the indexes of unique constraints always stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

from pydantic import Field

from perflab.errors import InputError, did_you_mean
from perflab.run.indexes import IndexKind
from perflab.scenario.factors.base import CellChanges, Context, Factor, Project
from perflab.scenario.source import Problem
from perflab.scenario.strict import Text

WORDS: dict[str, tuple[IndexKind, ...]] = {"declared": ("meta", "field"), "foreign_keys": ("foreign_key",)}
DESCRIBED = {"declared": "those that the models declare", "foreign_keys": "those that Django adds for foreign keys"}


class IndexFactor(Factor):
    """Switches database indexes off and on; off drops them."""

    drops_indexes: ClassVar[bool] = True

    kind: Literal["indexes"] = Field(description="The kind of switch.")
    which: list[Text] = Field(
        min_length=1,
        description="`declared` (those that the models declare), `foreign_keys` (those that Django adds for foreign keys) or the "
        "name of an index.",
    )

    def describe(self) -> str:
        """Return what the factor switches, in words."""
        return f"indexes: {', '.join(DESCRIBED.get(word, word) for word in self.which)}"

    def problems(self, project: Project) -> Iterator[Problem]:
        """Yield each word that stands for no index of the models."""
        indexes = project.indexes()
        for i, word in enumerate(self.which):
            try:
                names = names_of(word, indexes)
            except InputError as error:
                yield Problem(("which", i), error.what, error.hint)
            else:
                if not names:
                    yield Problem(
                        ("which", i), f"the project's models have no indexes of the kind {word!r}", "remove the factor"
                    )

    def changes(self, on: bool, context: Context) -> CellChanges:
        """Return the indexes to drop."""
        names = {name for word in self.which for name in names_of(word, context.indexes)}
        return CellChanges(drop_indexes=() if on else tuple(sorted(names)))


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
        switchable = [name for name, kind in indexes.items() if kind not in ("constraint", "other")]
        raise InputError(f"no index is called {word!r}", hint=did_you_mean(word, (*WORDS, *switchable)))
    return [word]
