"""Copying an existing PostgreSQL database by perflab, with personal data masked, beside pg_dump | pg_restore alone."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from perflab.scenario.subject.tables import migrate
from perflab.seeding import SeedSpec, multiply
from perflab.seeding.archetypes import archetypes_of
from perflab.seeding.copying.place import Place
from perflab.seeding.copying.postgres import copy_database
from perflab.seeding.copying.programs import Programs, find_programs, variables
from perflab.seeding.masking import rules
from perflab.seeding.masking.fields import fields_of_models
from perflab.seeding.seed import SHARED_BUFFERS_MB
from perflab.seeding.target import django_on
from perflab.servers.database import POSTGRESQL
from perflab.servers.disk.home import open_home
from perflab.servers.ownership import RUN_PREFIX
from perflab.servers.postgres import PostgresServer
from tests.benchmarks.bed import SEED, question
from tests.benchmarks.table import Result, Spread, Table, say

SOURCE, COPY = f"{RUN_PREFIX}bench_source", f"{RUN_PREFIX}bench_copy"
TARGET = 1.5
MIB = 1 << 20
# About the size of the marketplace's data at scale 1, with its indexes.
SCALE_1_MIB = 270


def measure(size_mib: int, times: int) -> Table:
    """The table of both ways.

    Args:
        size_mib: About the size of the database.
        times: How often each way copies it.
    """
    with (
        TemporaryDirectory() as folder,
        PostgresServer(None, shared_buffers_mb=SHARED_BUFFERS_MB) as source,
        PostgresServer(None, shared_buffers_mb=SHARED_BUFFERS_MB) as server,
    ):
        _fill(source, size_mib / SCALE_1_MIB)
        programs = find_programs(open_home())
        place = Place(POSTGRESQL, "the benchmark's", source.conninfo(SOURCE))
        ways: dict[str, Callable[[], None]] = {
            "perflab": lambda: _perflab(place, server, programs),
            "pg_dump | pg_restore": lambda: _alone(place, server, programs, Path(folder)),
        }
        seconds: dict[str, list[float]] = {way: [] for way in ways}
        rng = random.Random("copying")
        for number in range(times):
            for way in rng.sample(list(ways), len(ways)):
                say(f"copying: {way}, {number + 1} of {times}")
                server.drop(COPY)
                server.create_database(COPY)
                began = time.perf_counter()
                ways[way]()
                seconds[way].append(time.perf_counter() - began)
        size = source.size_bytes(SOURCE)
    table = Table(f"Copying a database of {size / MIB:,.0f} MiB", ("", "seconds", "min-max", "MiB/s"))
    for way, taken in seconds.items():
        spread = Spread.extremes(taken)
        table.rows.append(
            [way, f"{spread.median:.1f}", f"{spread.low:.1f}-{spread.high:.1f}", f"{size / MIB / spread.median:.0f}"]
        )
    ratio = Spread.extremes([own / alone for own, alone in zip(*seconds.values(), strict=True)])
    table.results.append(
        Result("perflab / pg_dump | pg_restore", ratio.median, TARGET, spread=f"{ratio.low:.2f}-{ratio.high:.2f}")
    )
    table.notes = [
        f"{times} times each, in random order; a ratio compares within one repetition.",
        "perflab: masks names, mails and phones, keeps indexes and keys, VACUUM (FREEZE, ANALYZE) at the end.",
        "alone: pg_dump --format=custom --compress=0 | pg_restore, and nothing after it.",
    ]
    return table


def _fill(source: PostgresServer, scale: float) -> None:
    """The marketplace's data, in the place of somebody's database."""
    resolved = question("default")
    rows = {kind: max(10, round(count * scale)) for kind, count in resolved.scenario.data.rows.items()}
    scenario = resolved.scenario
    spec = SeedSpec(scenario.subject.settings, scenario.seeding, scenario.data.as_of, rows, SEED)
    source.create_database(SOURCE)
    with django_on(source.django_settings(SOURCE)) as connection:
        migrate()
        connection.close()
        tables = archetypes_of(spec.seed_path, spec.moment, rows, SEED)
        multiply(lambda: source.connect(SOURCE), tables, SEED, connection)


def _perflab(place: Place, server: PostgresServer, programs: Programs) -> None:
    fields = fields_of_models()
    copy_database(place, server, COPY, programs, lambda columns: rules.masks(columns, fields), lambda progress: None)
    server.vacuum(COPY)


def _alone(place: Place, server: PostgresServer, programs: Programs, folder: Path) -> None:
    dump = programs.command("pg_dump", "--format=custom", "--compress=0", "--exclude-schema=perflab")
    restore = programs.command("pg_restore", "--no-owner", f"--dbname={COPY}")
    with (folder / "errors").open("wb") as errors:
        writer = subprocess.Popen(dump, env=variables(place.info or {}), stdout=subprocess.PIPE, stderr=errors)
        own = variables(server.conninfo(COPY), own=True)
        done = subprocess.run(restore, env=own, stdin=writer.stdout, stderr=errors, check=False)
        if writer.wait() or done.returncode:
            raise RuntimeError((folder / "errors").read_text())
