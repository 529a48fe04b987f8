"""Asking the project for its tables, and refusing what would not come out the same twice."""

from __future__ import annotations

import datetime as dt
import importlib
import random
from collections.abc import Mapping, Sequence
from typing import Any

from perflab.errors import InputError, PerflabError, SubjectError
from perflab.scenario import project
from perflab.seeding.table import Table


class _Wanted(dict[str, int]):
    """data.rows, which knows what nobody asked for: a misspelt name."""

    def __init__(self, rows: Mapping[str, int]) -> None:
        super().__init__(rows)
        self.unread = set(rows)

    def __getitem__(self, name: str) -> int:
        self.unread.discard(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.unread.discard(name)
        return super().get(name, default)


def archetypes_of(seed_path: str, as_of: dt.datetime, rows: Mapping[str, int], seed: int) -> Sequence[Table]:
    """The project's tables for this data, built with factory_boy's dice set to the seed. Django is set up."""
    dice: Any = importlib.import_module("factory.random")
    build = project.imported(seed_path, "subject.seed")
    wanted = _Wanted(rows)
    state = dice.get_random_state()
    dice.reseed_random(seed)
    began = dt.datetime.now(dt.UTC)
    try:
        tables: Sequence[Table] = list(build(as_of, wanted, random.Random(seed)))
    except PerflabError:
        raise
    except KeyError as error:
        if error.args and error.args[0] not in wanted and isinstance(error.args[0], str):
            raise InputError(
                f"data.rows says nothing of {error.args[0]!r}", where=seed_path, hint=f"it has {', '.join(wanted)}"
            ) from error
        raise _failed(seed_path, error) from error
    except Exception as error:
        raise _failed(seed_path, error) from error
    finally:
        dice.set_random_state(state)
    if wanted.unread:
        raise InputError(
            f"data.rows: nothing is seeded by the name of {', '.join(sorted(wanted.unread))}",
            where=seed_path, hint=f"it asks for {', '.join(sorted(set(wanted) - wanted.unread)) or 'nothing'}",
        )  # fmt: skip
    _refuse_now(tables, began, dt.datetime.now(dt.UTC))
    return tables


def _failed(seed_path: str, error: Exception) -> SubjectError:
    return SubjectError(
        f"building archetypes fails: {type(error).__name__}: {error}",
        where=seed_path,
        hint="try its factories in a shell",
    )


def _refuse_now(tables: Sequence[Table], began: dt.datetime, ended: dt.datetime) -> None:
    """A moment that lies within the building of the archetypes was taken from the clock: it would differ every time."""
    for table in tables:
        for field in table.model._meta.local_concrete_fields:
            if field.name in table.columns or field.get_internal_type() != "DateTimeField":
                continue
            for archetype in table.archetypes:
                value = getattr(archetype, field.attname)
                if isinstance(value, dt.datetime) and began <= _aware(value) <= ended:
                    raise InputError(
                        f"{field.name} is the time of day, so no two seedings would be alike",
                        where=f"seed of {table.label}", hint="let the factory count it back from as_of, or add it to columns",
                    )  # fmt: skip


def _aware(value: dt.datetime) -> dt.datetime:
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)
