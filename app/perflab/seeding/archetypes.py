"""Building the project's tables, and finding all mistakes of their description at once.

Where the project's function needs no database, its mistakes are found before a server is started.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from perflab.errors import InputError
from perflab.seeding.description.building import built, built_without_database
from perflab.seeding.description.mistakes import mistakes, raise_together
from perflab.seeding.present import UNKNOWN, Present
from perflab.seeding.table import Table

PresentOf = Callable[[Sequence[Table]], Present]


def archetypes_without_database(
    seed_path: str, as_of: dt.datetime, rows: Mapping[str, int], seed: int
) -> Sequence[Table] | None:
    """Build the project's tables before there is a database; None if its function asks one.

    Args:
        seed_path: The project's `seed:` callable.
        as_of: The moment that the data ends at.
        rows: `data.rows` after scaling.
        seed: The run's seed.

    Raises:
        InputError: As `archetypes_of`.
        SubjectError: The callable fails.
    """
    described = built_without_database(seed_path, as_of, rows, seed)
    return None if described is None else _checked(described, UNKNOWN, seed)


def archetypes_of(
    seed_path: str, as_of: dt.datetime, rows: Mapping[str, int], seed: int, present_of: PresentOf = lambda _: UNKNOWN
) -> Sequence[Table]:
    """Build the project's tables, with factory_boy's random generator set to the seed. Django is set up.

    Args:
        seed_path: The project's `seed:` callable, such as `marketplace.seeding:archetypes`.
        as_of: The moment that the data ends at.
        rows: `data.rows` after scaling.
        seed: The run's seed.
        present_of: Returns what is in the database that the tables link to.

    Raises:
        InputError: `data.rows` has a name too many or too few, a value was taken from the clock, or a table cannot be seeded;
            all mistakes together.
        SubjectError: The callable fails.
    """
    described = built(seed_path, as_of, rows, seed)
    return _checked(described, present_of(described[0]), seed)


def _checked(described: tuple[list[Table], list[InputError]], present: Present, seed: int) -> Sequence[Table]:
    tables, errors = described
    raise_together([*errors, *mistakes(tables, present, seed)])
    return tables
