"""Reads a Population from the seeded database. Deterministic for the same data and seed.

A key of several columns (Django 5.2) is a tuple here, and as a param its values joined by commas.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError
from django.db.models import IntegerField, Max, Min, QuerySet

from perflab.errors import InputError, SubjectError, one_line, raised_at
from perflab.scenario import project
from perflab.scenario.endpoint_params import functions, sources, split
from perflab.scenario.lookups import lookup, row_of, user_label
from perflab.scenario.subject.calls import in_project
from perflab.workload.people import SUPPLY, Pool, Population, RowValues, pools

if TYPE_CHECKING:
    from perflab.scenario.models import Scenario

# SQLite compares keys of several columns one by one, in an expression of limited depth.
COMPOSITE_KEYS_AT_ONCE = 200


def read_population(scenario: Scenario, seed: int) -> Population:
    """Choose the active users, and the rows of every pool, from the seeded database.

    Costs a few queries per pool. A pool without conditions is sampled by key; one with conditions reads the keys of all rows
    that fulfil them: 0.1 s for 100,000.

    Args:
        scenario: The scenario with its traffic; the project must be set up, here or in its own process.
        seed: Seed of the run.

    Raises:
        InputError: A pool has no rows or no table, an endpoint draws users and there are fewer than two, or a function returns
            no values.
        SubjectError: A function that computes values raised.
    """
    users = user_label()
    fields = {s: row_of(s) for endpoint in scenario.traffic.endpoints for s in sources(endpoint).values()}
    # A project of which everything is asked anonymously may have no users at all.
    draws_users = any(users in (split(source)[0], field.model) for source, field in fields.items())
    drawn = sorted(set(pools(scenario, users, fields).values()), key=lambda p: (bool(p.conditions), p.key))
    rows = read_pools(drawn, users if draws_users else None, scenario.traffic.active_users, f"{seed}")
    return Population(users, fields, rows, _computed(scenario, seed))


@in_project
def read_pools(drawn: Sequence[Pool], users: str | None, count: int, seed: str) -> dict[str, tuple[RowValues, ...]]:
    """Return the rows of each pool, by its key.

    Args:
        drawn: The pools, those without conditions first.
        users: Label of the user model; None where no user is drawn.
        count: The number of active users.
        seed: Seed of the random numbers.

    Raises:
        InputError: A pool has no rows or no table, or there are fewer than two users.
    """
    active = _Reader(count, f"{seed}:users").users(users) if users is not None else []
    rows: dict[str, tuple[RowValues, ...]] = {}
    unconditioned: dict[str, list[Any]] = {}  # keys of the pool without conditions, per model
    for pool in drawn:
        reader = _Reader(count, f"{seed}:{pool.key}")
        if pool.model == users:
            rows[pool.key] = reader.of_users(pool, active)
            continue
        keys = reader.keys_of(pool, active, unconditioned.get(pool.model, []))
        if not pool.conditions:
            unconditioned.setdefault(pool.model, keys)
        rows[pool.key] = reader.rows(pool, keys)
    return rows


def _computed(scenario: Scenario, seed: int) -> dict[str, tuple[Any, ...]]:
    """Call each function that computes values, once; the same seed gives the same random numbers."""
    computed: dict[str, tuple[Any, ...]] = {}
    for i, endpoint in enumerate(scenario.traffic.endpoints):
        for param, source in functions(endpoint).items():
            if source in computed:
                continue
            where = scenario.source.where(("traffic", "endpoints", i, "params", param))
            once = any(e.once for e in scenario.traffic.endpoints if source in functions(e).values())
            count = scenario.traffic.active_users * (SUPPLY if once else 1)
            computed[source] = compute(source, param, f"{seed}:{source}", count, where)
    return computed


@in_project
def compute(source: str, param: str, seed: str, count: int, where: str) -> tuple[Any, ...]:
    """Return the values that a function of the project's computes.

    Args:
        source: The function, `package.module:name`.
        param: The param that it is for.
        seed: Seed of its random numbers.
        count: How many values are wanted.
        where: The param's place in the scenario.

    Raises:
        InputError: There is no such function, or it returned no values.
        SubjectError: It raised.
    """
    function = project.imported(source, f"params.{param}")
    try:
        values = [plain(value) for value in function(random.Random(seed), count)]
    except Exception as error:
        raise SubjectError(
            f"the function {source} raised {one_line(error)}{raised_at(error)}",
            where=where,
            hint="it is called with a random.Random and a count, and returns a list of values",
        ) from error
    if not values:
        raise InputError(f"the function {source} returned no values", where=where, hint="return at least one")
    return tuple(values)


class _Reader:
    def __init__(self, count: int, seed: str) -> None:
        self.count = count
        self.rng = random.Random(seed)

    def users(self, label: str) -> list[Any]:
        """Return the keys of the active users, the most popular first; those who may log in, if there are any."""
        model = lookup(f"{label}.pk").model
        everybody = model._default_manager.all()
        keys = []
        if any(field.name == "is_active" for field in model._meta.concrete_fields):  # the others cannot log in
            keys = self.sample(everybody.filter(is_active=True), self.count, conditions=False)
        if len(keys) < 2:
            keys = self.sample(everybody, self.count, conditions=False)
        if len(keys) < 2:
            raise InputError(
                f"the database has {len(keys)} users, but a trace needs at least 2",
                hint="raise data.rows or the scale",
            )
        return keys

    def of_users(self, pool: Pool, active: list[Any]) -> tuple[RowValues, ...]:
        """Return rows of the active users that fulfil the pool's conditions; where none does, of any user."""
        among = self.queryset(pool)
        rows = self.read(among, pool, active)
        if rows:
            return rows
        keys = self.sample(among, self.count, conditions=True)
        return self.needed(pool, self.read(among, pool, keys))

    def keys_of(self, pool: Pool, active: list[Any], shared: list[Any]) -> list[Any]:
        """Return the keys of a pool of any other model: first rows whose caller is an active user, then others.

        Without a caller, first the rows that other endpoints read, so that writes concern what is cached.
        """
        among = self.queryset(pool)
        wanted = self.count * pool.supply
        keys: list[Any] = []
        if pool.caller is not None:
            keys = self.sample(among.filter(**{f"{pool.caller}__in": active}), wanted, conditions=True)
        elif shared:
            fulfil = {key for query in _with_keys(among, shared) for key in query.values_list("pk", flat=True)}
            keys = [key for key in shared if key in fulfil][:wanted]
        if len(keys) < wanted:
            taken = set(keys)
            more = self.sample(among, wanted, conditions=bool(pool.conditions))
            keys += [key for key in more if key not in taken][: wanted - len(keys)]
        return keys

    def rows(self, pool: Pool, keys: list[Any]) -> tuple[RowValues, ...]:
        """Return the rows with these keys, in this order."""
        return self.needed(pool, self.read(self.queryset(pool), pool, keys))

    def queryset(self, pool: Pool) -> QuerySet[Any]:
        """Return the rows that fulfil the pool's conditions."""
        queryset = lookup(f"{pool.model}.pk").model._default_manager.all()
        for field, value in pool.conditions.items():
            queryset = queryset.filter(**{f"{field}__in" if isinstance(value, list) else field: value})
        return queryset

    def sample(self, queryset: QuerySet[Any], count: int, conditions: bool) -> list[Any]:
        """Return `count` keys at random, or all there are. Three queries at most, of which the last reads every key."""
        try:
            return self.sampled(queryset, count, conditions)
        except DatabaseError as error:
            model = queryset.model
            raise InputError(
                f"cannot read {model._meta.label} to draw params from: {one_line(error)[:200]}",
                hint=None if model._meta.managed else "it is unmanaged: let a migration make its table",
            ) from error

    def sampled(self, queryset: QuerySet[Any], count: int, conditions: bool) -> list[Any]:
        """Return `count` keys at random; see sample()."""
        name, field = _first_column(queryset)
        if not conditions and isinstance(field, IntegerField):
            ends = queryset.order_by().aggregate(low=Min(name), high=Max(name))
            low, high = ends["low"], ends["high"]
            if isinstance(low, int) and isinstance(high, int) and high - low > 8 * count:
                guesses = self.rng.sample(range(low, high + 1), 4 * count)
                keys = self.keys(queryset.filter(**{f"{name}__in": guesses}))
                if len(keys) >= count:
                    return self.rng.sample(keys, count)
        keys = self.keys(queryset)
        return self.rng.sample(keys, min(count, len(keys)))

    @staticmethod
    def keys(queryset: QuerySet[Any]) -> list[Any]:
        """Return all keys, in order."""
        return list(queryset.order_by("pk").values_list("pk", flat=True))

    @staticmethod
    def read(queryset: QuerySet[Any], pool: Pool, order: Sequence[Any]) -> tuple[RowValues, ...]:
        """Return the pool's fields of the rows with these keys, in this order; a row that lacks one of them is left out."""
        columns = (*pool.fields, *pool.tied)
        by_key = {
            key: values
            for query in _with_keys(queryset, order)
            for key, *values in query.order_by().values_list("pk", *columns)
        }
        return tuple(
            {field: plain(value) for field, value in zip(columns, by_key[key], strict=True)}
            for key in order
            if key in by_key and None not in by_key[key][: len(pool.fields)]
        )

    @staticmethod
    def needed(pool: Pool, rows: tuple[RowValues, ...]) -> tuple[RowValues, ...]:
        """Return the rows, or raise InputError where there are none."""
        if not rows:
            conditions = f" with {pool.conditions}" if pool.conditions else ""
            raise InputError(
                f"the database has no {split(f'{pool.model}.')[0]}{conditions} to draw params from",
                hint="raise data.rows or the scale, or change `where`",
            )
        return rows


def plain(value: Any) -> Any:
    """Return a value that JSON has a type for as it is, the values of a composite key joined by commas, any other as text."""
    if isinstance(value, tuple):
        return ",".join(str(part) for part in value)
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _first_column(queryset: QuerySet[Any]) -> tuple[str, Any]:
    """Return the name of the key, or of the first column of a key of several, and the field whose values it has."""
    key: Any = queryset.model._meta.pk
    name, field = ("pk", key) if key.column is not None else (key.fields[0].attname, key.fields[0])
    while field.is_relation:
        field = field.target_field
    return name, field


def _with_keys(queryset: QuerySet[Any], keys: Sequence[Any]) -> Iterator[QuerySet[Any]]:
    """Yield queries for the rows with these keys: one, or several where a key has several columns."""
    size = len(keys) if _first_column(queryset)[0] == "pk" else COMPOSITE_KEYS_AT_ONCE
    for start in range(0, len(keys), max(size, 1)):
        yield queryset.filter(pk__in=keys[start : start + size])
