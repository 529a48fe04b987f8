"""Rows per second of four ways to fill the marketplace's database, each from an empty schema to ANALYZE.

raw is the fastest that PostgreSQL itself takes rows: COPY from ready files into tables without indexes and constraints,
which come back afterwards. Making the rows counts for perflab (and factory_boy) only: raw's files and bulk_create's objects
are made beforehand, from perflab's rows.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from psycopg import sql

from perflab.scenario.profiles import Resolved
from perflab.scenario.subject.tables import migrate
from perflab.seeding import SeedSpec, archetypes_of, multiply
from perflab.seeding import Table as SeedTable
from perflab.seeding.loading import ddl
from perflab.seeding.loading.copy import BUILD_MEMORY
from perflab.seeding.seed import SHARED_BUFFERS_MB
from perflab.seeding.target import django_on
from perflab.servers.ownership import RUN_PREFIX
from perflab.servers.postgres import PostgresServer
from tests.benchmarks.bed import SEED, question
from tests.benchmarks.table import Result, Spread, Table, say

EMPTY = f"{RUN_PREFIX}bench_{os.getpid()}_empty"
TARGET = 0.5
BATCH = 1000
CHUNK_BYTES = 1 << 20

# Seconds and rows of one way, once
Once = tuple[float, int]


def measure(scale: float, few: int, times: int) -> Table:
    """The table of rates."""
    resolved = question("default")
    rows_of_scenario = resolved.scenario.data.rows
    large = {kind: max(10, round(count * scale)) for kind, count in rows_of_scenario.items()}
    # profiles, wallets and the like come along: half as many rows again
    small = {
        kind: max(10, round(count * few / 1.1 / sum(rows_of_scenario.values())))
        for kind, count in rows_of_scenario.items()
    }
    rates: dict[str, list[float]] = {}
    rows: dict[str, int] = {}
    with PostgresServer(None, shared_buffers_mb=SHARED_BUFFERS_MB) as server, TemporaryDirectory() as folder:
        ground = Ground(server, resolved, Path(folder))
        ground.make_empty()
        ground.write_files(large)
        ways: dict[str, Callable[[], Once]] = {
            "factory_boy create_batch": lambda: ground.factory_boy(small),
            "bulk_create": lambda: ground.bulk_create(small),
            "perflab": lambda: ground.perflab(large),
            "raw": ground.raw,
        }
        rng = random.Random("seeding")
        for number in range(times):
            for way in rng.sample(list(ways), len(ways)):
                say(f"seeding: {way}, {number + 1} of {times}")
                seconds, rows[way] = ways[way]()
                rates.setdefault(way, []).append(rows[way] / seconds)
    return _table(list(ways), rows, rates, times)


def _table(ways: Sequence[str], rows: Mapping[str, int], rates: Mapping[str, Sequence[float]], times: int) -> Table:
    table = Table("Seeding: from an empty schema to ANALYZE", ("", "rows", "rows/s", "min-max", "/ raw", "min-max"))
    for way in ways:
        rate = Spread.extremes(rates[way])
        share = Spread.extremes([rate / raw for rate, raw in zip(rates[way], rates["raw"], strict=True)])
        table.rows.append(
            [way, f"{rows[way]:,}", f"{rate.median:,.0f}", f"{rate.low:,.0f}-{rate.high:,.0f}",
             f"{share.median:.4f}", f"{share.low:.4f}-{share.high:.4f}"]
        )  # fmt: skip
        if way == "perflab":
            spread = f"{share.low:.3f}-{share.high:.3f}"
            table.results.append(Result("perflab / raw", share.median, TARGET, at_most=False, spread=spread))
    table.notes = [
        f"{times} times each, in random order; a ratio compares within one repetition.",
        "raw: one connection, COPY (FREEZE) from ready files, then indexes, keys, ANALYZE; making the files is not counted.",
        "perflab: builds archetypes, draws rows, copies and builds indexes side by side, VACUUM (FREEZE, ANALYZE).",
        "bulk_create: ready objects, batches of 1000. factory_boy: parents are shared, not made for each row; the cache is off.",
    ]
    return table


class Ground:
    """A server, an empty schema on it, and the ways to fill a copy of it."""

    def __init__(self, server: PostgresServer, resolved: Resolved, folder: Path) -> None:
        self.server = server
        self.scenario = resolved.scenario
        self.folder = folder
        self.files: list[tuple[str, sql.Composable, Path, int]] = []

    def make_empty(self) -> None:
        """The schema as migrations leave it; every way fills a copy of it."""
        self.server.create_database(EMPTY)
        with django_on(self.server.django_settings(EMPTY)) as connection:
            migrate()
            connection.close()

    @contextmanager
    def copy(self) -> Iterator[str]:
        """The name of a fresh empty schema, dropped afterwards."""
        name = f"{RUN_PREFIX}bench_{os.getpid()}_copy"
        self.server.clone(EMPTY, name)
        try:
            yield name
        finally:
            self.server.drop(name)

    def tables(self, rows: Mapping[str, int]) -> Sequence[SeedTable]:
        scenario = self.scenario
        spec = SeedSpec(scenario.subject.settings, scenario.seeding, scenario.data.as_of, rows, SEED)
        return archetypes_of(spec.seed_path, spec.moment, rows, SEED)

    def fill(self, name: str, rows: Mapping[str, int]) -> tuple[Sequence[SeedTable], int]:
        """perflab's own way; the tables and the number of rows."""
        with django_on(self.server.django_settings(name)) as connection:
            tables = self.tables(rows)
            counts = multiply(lambda: self.server.connect(name), tables, SEED, connection)
        return tables, sum(counts.values())

    def perflab(self, rows: Mapping[str, int]) -> Once:
        with self.copy() as name:
            began = perf_counter()
            _, count = self.fill(name, rows)
            return perf_counter() - began, count

    def write_files(self, rows: Mapping[str, int]) -> None:
        """The files of `raw`: perflab's rows as COPY text, a file for each table, parents first."""
        with self.copy() as name:
            tables, _ = self.fill(name, rows)
            with self.server.connect(name) as connection:
                for table in tables:
                    meta: Any = table.model._meta
                    columns = sql.SQL(", ").join(sql.Identifier(str(f.column)) for f in meta.local_concrete_fields)
                    path = self.folder / f"{meta.db_table}.copy"
                    query = sql.SQL("COPY {} ({}) TO STDOUT").format(sql.Identifier(meta.db_table), columns)
                    with path.open("wb") as file, connection.cursor().copy(query) as copy:
                        for data in copy:
                            file.write(data)
                    self.files.append((meta.db_table, columns, path, table.count))

    def raw(self) -> Once:
        with self.copy() as name, self.server.connect(name) as connection:
            began = perf_counter()
            connection.execute(f"SET maintenance_work_mem = '{BUILD_MEMORY}'")  # as perflab
            parts = ddl.parts_of(connection, [table for table, *_ in self.files])
            ddl.drop(connection, parts)
            for table, columns, path, _ in self.files:
                identifier = sql.Identifier(table)
                query = sql.SQL("COPY {} ({}) FROM STDIN (FREEZE)").format(identifier, columns)
                with connection.transaction():
                    connection.execute(sql.SQL("TRUNCATE {}").format(identifier))
                    with path.open("rb") as file, connection.cursor().copy(query) as copy:
                        while data := file.read(CHUNK_BYTES):
                            copy.write(data)
            for part in sorted(parts, key=lambda part: part.is_foreign_key):
                for statement in part.create():
                    connection.execute(statement)
            for table, *_ in self.files:
                connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))
            return perf_counter() - began, sum(count for *_, count in self.files)

    def bulk_create(self, rows: Mapping[str, int]) -> Once:
        with self.copy() as source:
            tables, count = self.fill(source, rows)
            with django_on(self.server.django_settings(source)):
                ready = [(table.model, list(table.model._default_manager.order_by("pk"))) for table in tables]
        with self.copy() as name, django_on(self.server.django_settings(name)) as connection:
            connection.ensure_connection()
            began = perf_counter()
            for model, objects in ready:
                model._default_manager.bulk_create(objects, batch_size=BATCH)
            _analyse(connection)
            return perf_counter() - began, count

    def factory_boy(self, rows: Mapping[str, int]) -> Once:
        with self.copy() as name, django_on(self.server.django_settings(name)) as connection:
            connection.ensure_connection()
            began = perf_counter()
            models = create_batches(rows)
            _analyse(connection)
            seconds = perf_counter() - began
            return seconds, sum(model.objects.count() for model in models)


def _analyse(connection: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def create_batches(rows: Mapping[str, int]) -> Sequence[Any]:
    """The marketplace in small, with its factories as they are meant to be used; the models that have rows now."""
    from factory import Iterator as InTurn
    from factory.random import reseed_random

    from marketplace import factories, models

    reseed_random(SEED)
    users = max(4, rows["users"])
    clients = factories.UserFactory.create_batch(users // 4, role="client", complete=True)
    workers = factories.UserFactory.create_batch(users - users // 4, role="applicant", complete=True)
    trades = factories.SubcategoryFactory.create_batch(20)
    jobs = factories.JobFactory.create_batch(
        rows["jobs"], client=InTurn(clients), subcategory=InTurn(trades), status="completed"
    )
    pairs = [(job, worker) for worker in workers for job in jobs][: rows["applications"]]
    for factory, count, who in (
        (factories.ApplicationFactory, rows["applications"], "applicant"),
        (factories.PaymentFactory, rows["payments"], "recipient"),
        (factories.ReviewFactory, rows["reviews"], "reviewed"),
    ):
        some = [pairs[n % len(pairs)] for n in range(count)]
        if factory is not factories.PaymentFactory:
            some = some[: len(pairs)]  # nobody applies to a job, or is reviewed for it, twice
        factory.create_batch(len(some), job=InTurn(job for job, _ in some), **{who: InTurn(who_ for _, who_ in some)})
    return [
        models.User, models.Profile, models.Wallet, models.Industry, models.Subcategory, models.Job, models.Application,
        models.Payment, models.Review,
    ]  # fmt: skip
