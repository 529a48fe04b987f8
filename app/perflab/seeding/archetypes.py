"""Building the project's tables, and refusing values that would differ from one seeding to the next."""

from __future__ import annotations

import datetime as dt
import importlib
import random
from collections.abc import Mapping, Sequence
from typing import Any

from perflab.errors import InputError, PerflabError, SubjectError, one_line
from perflab.scenario import project
from perflab.seeding.table import Table


class _Wanted(dict[str, int]):
    """data.rows, which records the names that are never read, such as misspelt ones."""

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
    """Build the project's tables, with factory_boy's random generator set to the seed. Django is set up.

    Args:
        seed_path: The project's `seed:` callable, such as `marketplace.seeding:archetypes`.
        as_of: The moment that the data ends at.
        rows: `data.rows` after scaling.
        seed: The run's seed.

    Raises:
        InputError: `data.rows` has a name too many or too few, or a value was taken from the clock.
        SubjectError: The callable fails.
    """
    rng: Any = importlib.import_module("factory.random")
    build = project.imported(seed_path, "subject.seed")
    wanted = _Wanted(rows)
    state = rng.get_random_state()
    rng.reseed_random(seed)
    began = dt.datetime.now(dt.UTC)
    try:
        tables: Sequence[Table] = list(build(as_of, wanted, random.Random(seed)))
    except PerflabError:
        raise
    except KeyError as error:
        if error.args and error.args[0] not in wanted and isinstance(error.args[0], str):
            raise InputError(
                f"data.rows has no {error.args[0]!r}", where=seed_path, hint=f"it has {', '.join(wanted)}"
            ) from error
        raise _failed(seed_path, error) from error
    except Exception as error:
        raise _failed(seed_path, error) from error
    finally:
        rng.set_random_state(state)
    if wanted.unread:
        raise InputError(
            f"data.rows: the project does not seed {', '.join(sorted(wanted.unread))}",
            where=seed_path, hint=f"the project reads {', '.join(sorted(set(wanted) - wanted.unread)) or 'nothing'}",
        )  # fmt: skip
    _refuse_now(tables, began, dt.datetime.now(dt.UTC))
    return tables


def _failed(seed_path: str, error: Exception) -> SubjectError:
    return SubjectError(
        f"cannot build the archetypes: {one_line(error)}",
        where=seed_path,
        hint="try the factories in a shell",
    )


def _refuse_now(tables: Sequence[Table], began: dt.datetime, ended: dt.datetime) -> None:
    """Refuse a moment at which the archetypes were being built: it was taken from the clock, and would differ every time."""
    for table in tables:
        for field in table.model._meta.local_concrete_fields:
            if field.name in table.columns or field.get_internal_type() != "DateTimeField":
                continue
            for archetype in table.archetypes:
                value = getattr(archetype, field.attname)
                if isinstance(value, dt.datetime) and began <= _aware(value) <= ended:
                    raise InputError(
                        f"{field.name} is the current time, so two seedings would differ",
                        where=f"seed of {table.label}", hint="derive it from as_of, or add it to columns",
                    )  # fmt: skip


def _aware(value: dt.datetime) -> dt.datetime:
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)
