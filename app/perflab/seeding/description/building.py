"""Calls the project's function, and refuses values that would differ from one seeding to the next."""

from __future__ import annotations

import datetime as dt
import importlib
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from perflab.errors import InputError, PerflabError, SubjectError, one_line, raised_at
from perflab.scenario import project
from perflab.scenario.subject.calls import in_project
from perflab.seeding.description.completing import completed
from perflab.seeding.description.instances import is_default_of_the_database
from perflab.seeding.table import Table

UTC = dt.timezone.utc  # noqa: UP017 - Python 3.10 has no datetime.UTC


class NeedsDatabase(BaseException):
    """The project's function asks the database; no `except Exception` of the project may hide that."""


class _Wanted(dict[str, int]):
    """data.rows, which records the names that are never read, such as misspelt ones."""

    def __init__(self, rows: Mapping[str, int]) -> None:
        super().__init__(rows)
        self.unread = set(rows)
        self.missing: set[str] = set()

    def __getitem__(self, name: str) -> int:
        self.unread.discard(name)
        if name not in self:
            self.missing.add(name)
        return super().__getitem__(name)

    def lacks(self, name: str) -> bool:
        """Say whether this name was looked up and is not there."""
        return name in self.missing

    def get(self, name: str, default: Any = None) -> Any:
        self.unread.discard(name)
        return super().get(name, default)


@in_project
def built(
    seed_path: str, as_of: dt.datetime, rows: Mapping[str, int], seed: int
) -> tuple[list[Table], list[InputError]]:
    """Call the project's function, and return its tables, completed, with the mistakes that only the project's process sees.

    Args:
        seed_path: The project's `seed:` callable.
        as_of: The moment that the data ends at.
        rows: `data.rows` after scaling.
        seed: The run's seed.

    Raises:
        InputError: `data.rows` lacks a name, or the function returns something else than tables.
        SubjectError: The callable fails.
    """
    wanted = _Wanted(rows)
    began = dt.datetime.now(UTC)
    began -= dt.timedelta(microseconds=began.microsecond % 1000)  # SQLite's clock shows milliseconds
    described = _built(seed_path, as_of, wanted, seed)
    ended = dt.datetime.now(UTC)
    errors = []
    if wanted.unread:
        errors.append(InputError(
            f"data.rows: the project does not seed {', '.join(sorted(wanted.unread))}",
            where=seed_path, hint=f"the project reads {', '.join(sorted(set(wanted) - wanted.unread)) or 'nothing'}",
        ))  # fmt: skip
    errors += _taken_from_the_clock(described, as_of, began, ended)
    return completed(described, as_of), errors


def _built(seed_path: str, as_of: dt.datetime, wanted: _Wanted, seed: int) -> list[Table]:
    """Call the project's function; its result is checked to be tables."""
    build = project.imported(seed_path, "subject.seed")
    try:
        with _factories_seeded(seed):
            described = list(build(as_of, wanted, random.Random(seed)))
    except PerflabError:
        raise
    except KeyError as error:
        if (
            error.args
            and error.args[0] not in wanted
            and isinstance(error.args[0], str)
            and wanted.lacks(error.args[0])
        ):
            raise InputError(
                f"data.rows has no {error.args[0]!r}", where=seed_path, hint=f"it has {', '.join(wanted) or 'nothing'}"
            ) from error
        raise _failed(seed_path, error) from error
    except Exception as error:
        raise _failed(seed_path, error) from error
    if other := [thing for thing in described if not isinstance(thing, Table)]:
        raise InputError(
            f"returns {type(other[0]).__name__} {repr(other[0])[:60]} in its list", where=seed_path,
            hint="return a list of perflab.seeding.Table",
        )  # fmt: skip
    return described


@contextmanager
def _factories_seeded(seed: int) -> Iterator[None]:
    """Set factory_boy's random generator for a while; a project in an environment of its own may do without it."""
    try:
        rng: Any = importlib.import_module("factory.random")
    except ModuleNotFoundError:
        yield
        return
    state = rng.get_random_state()
    rng.reseed_random(seed)
    try:
        yield
    finally:
        rng.set_random_state(state)


def _failed(seed_path: str, error: Exception) -> SubjectError:
    return SubjectError(
        f"cannot build the archetypes: {one_line(error)}{raised_at(error)}",
        where=seed_path,
        hint="try the factories in a shell",
    )


def _taken_from_the_clock(
    tables: Sequence[Table], as_of: dt.datetime, began: dt.datetime, ended: dt.datetime
) -> Iterator[InputError]:
    """Refuse a moment at which the archetypes were being built: it was taken from the clock, and would differ every time.

    Where it is the database's own default, the moment that the data ends at takes its place.
    """
    for table in tables:
        for field in table.model._meta.concrete_fields:
            if field.name in table.columns or field.get_internal_type() != "DateTimeField":
                continue
            for archetype in table.archetypes:
                value = getattr(archetype, field.attname)
                if not (isinstance(value, dt.datetime) and began <= _aware(value) <= ended):
                    continue
                if is_default_of_the_database(field):
                    setattr(archetype, field.attname, as_of)
                    continue
                yield InputError(
                    f"{field.name} is the current time, so two seedings would differ",
                    where=f"seed of {table.label}", hint="derive it from as_of, or add it to columns",
                )  # fmt: skip
                break


def _aware(value: dt.datetime) -> dt.datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)


@in_project
def built_without_database(
    seed_path: str, as_of: dt.datetime, rows: Mapping[str, int], seed: int
) -> tuple[list[Table], list[InputError]] | None:
    """Build the project's tables as `built` does; None if its function asks a database.

    Args:
        seed_path: The project's function, as `module:name`.
        as_of: The time of the newest data.
        rows: How many rows each name in the scenario stands for.
        seed: Seed of what is drawn.
    """
    from django.core.exceptions import ImproperlyConfigured

    try:
        with _no_database():
            return built(seed_path, as_of, rows, seed)
    except NeedsDatabase:
        return None
    except SubjectError as error:
        if isinstance(error.__cause__, ImproperlyConfigured):  # the project's own driver is not installed here
            return None
        raise


@contextmanager
def _no_database() -> Iterator[None]:
    """Let every use of a database by Django raise NeedsDatabase."""
    from django.db.backends.base.base import BaseDatabaseWrapper

    wrapper: Any = BaseDatabaseWrapper
    kept = {name: getattr(wrapper, name) for name in ("connect", "_cursor")}

    def refuse(*_: Any, **__: Any) -> None:
        raise NeedsDatabase

    for name in kept:
        setattr(wrapper, name, refuse)
    try:
        yield
    finally:
        for name, method in kept.items():
            setattr(wrapper, name, method)
