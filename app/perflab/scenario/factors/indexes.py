"""A factor that takes indexes away from a database.

`which` may say `declared` (the models' Meta.indexes and db_index fields), `foreign_keys` (what Django creates for a
foreign key by itself) or an index's name. Primary keys and what a unique constraint needs always stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from perflab.errors import InputError
from perflab.run.indexes import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perflab.scenario.factors import CachePlace

WORDS: dict[str, tuple[Kind, ...]] = {"declared": ("meta", "field"), "foreign_keys": ("foreign_key",)}


@dataclass(frozen=True, slots=True)
class IndexSwitch:
    """Off is a database without these indexes; `names` are sorted."""

    name: str
    names: tuple[str, ...]

    def settings(self, on: bool, project: Mapping[str, Any], place: CachePlace) -> dict[str, Any]:
        return {}

    def missing_indexes(self, on: bool) -> tuple[str, ...]:
        return () if on else self.names


def kinds(models: Iterable[Any], connection: Any) -> dict[str, tuple[Kind, Any]]:
    """What made each index of these models' tables, and its model. Reads the database's catalogue: one query per model."""
    found: dict[str, tuple[Kind, Any]] = {}
    with connection.cursor() as cursor:
        for model in models:
            in_meta = {index.name for index in model._meta.indexes}
            by_itself = {f.column for f in model._meta.local_fields if f.is_relation and f.db_index}
            asked_for = {f.column for f in model._meta.local_fields if f.db_index and not f.unique} - by_itself
            for name, facts in connection.introspection.get_constraints(cursor, model._meta.db_table).items():
                if not facts["index"] and not facts["unique"]:
                    continue
                kind: Kind = "other"
                if facts["primary_key"] or facts["unique"]:
                    kind = "constraint"
                elif name in in_meta:
                    kind = "meta"
                elif set(facts["columns"]) <= asked_for:
                    kind = "field"
                elif set(facts["columns"]) <= by_itself:
                    kind = "foreign_key"
                found[name] = (kind, model)
    return found


def resolve(which: Sequence[str], models: Iterable[Any], connection: Any) -> list[str]:
    """The names of the indexes that `which` means, sorted. Reads the database's catalogue: one query per model.

    Raises InputError for a name that no index has, and for one that a constraint needs.
    """
    known = {name: kind for name, (kind, _) in kinds(models, connection).items()}
    found: set[str] = set()
    for word in which:
        if word in WORDS:
            found |= {name for name, kind in known.items() if kind in WORDS[word]}
        elif known.get(word) == "constraint":
            raise InputError(f"the index {word} belongs to a constraint and cannot be switched off")
        elif known.get(word, "other") != "other":
            found.add(word)
        else:
            raise InputError(
                f"no index is called {word!r}", hint="use `declared`, `foreign_keys` or the name of an index"
            )
    return sorted(found)
