"""What real servers counted between two readings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from perflab.experiment.observe.servers import ServerCounters, difference
from perflab.run.tables import COUNTERS
from perflab.servers.postgres import PostgresServer
from perflab.servers.sqlite import SqliteFiles
from perflab.servers.valkey import ValkeyServer, keys

pytestmark = pytest.mark.servers

DATABASE = "perflab_run_counters"
FLUSH = "SELECT pg_stat_force_next_flush()"


@pytest.fixture(scope="module")
def counters(postgres: PostgresServer, valkey: ValkeyServer) -> Iterator[ServerCounters]:
    postgres.create_database(DATABASE)
    yield ServerCounters(postgres, valkey)
    postgres.drop(DATABASE)


def test_they_are_the_columns_of_the_table(counters: ServerCounters) -> None:
    reading = counters.read(DATABASE)
    assert tuple(reading) == COUNTERS.names[3:-1]
    assert all(isinstance(value, int) and value >= 0 for value in reading.values())


def test_a_write_is_seen_in_the_log_and_a_read_in_the_buffers(
    counters: ServerCounters, postgres: PostgresServer
) -> None:
    with postgres.connect(DATABASE) as connection:
        connection.execute(FLUSH)
        before = counters.read(DATABASE)
        connection.execute("CREATE TABLE numbers AS SELECT generate_series(1, 5000) AS n")
        connection.execute("SELECT count(*) FROM numbers")
        connection.execute(FLUSH)
        counted = difference(before, counters.read(DATABASE))
    assert counted["wal_bytes"] > 0
    assert counted["buffers_hit"] > 20
    assert counted["rows_read"] >= 5000


def test_hits_and_misses_of_the_cache(counters: ServerCounters, valkey: ValkeyServer) -> None:
    with valkey.client() as client:
        client.set("perflab:counters", b"x" * 5000)
        before = counters.read(DATABASE)
        client.get("perflab:counters")
        client.get("perflab:counters")
        client.get("perflab:nothing")
        counted = difference(before, counters.read(DATABASE))
    assert (counted["cache_server_hits"], counted["cache_server_misses"]) == (2, 1)
    assert counted["cache_server_bytes"] > 10_000
    keys.delete_prefix(valkey.client(), "perflab:counters", "here")


def test_the_question_itself_is_not_counted(counters: ServerCounters) -> None:
    before = counters.read(DATABASE)
    for _ in range(5):
        after = counters.read(DATABASE)
    assert abs(difference(before, after)["cache_server_bytes"]) < 100, "an answer is about 2 kB, its digits vary"


def test_a_database_is_distinguished_from_another(counters: ServerCounters, postgres: PostgresServer) -> None:
    before = counters.read(DATABASE)
    with postgres.connect() as elsewhere:
        elsewhere.execute("SELECT count(*) FROM generate_series(1, 5000)")
        elsewhere.execute(FLUSH)
    assert difference(before, counters.read(DATABASE))["rows_read"] == 0


def test_a_difference_is_after_less_before() -> None:
    assert difference({"a": 3, "b": 5}, {"a": 10, "b": 5}) == {"a": 7, "b": 0}


def test_what_sqlite_does_not_count_is_unknown(tmp_path: Path, valkey: ValkeyServer) -> None:
    with SqliteFiles(tmp_path / "sqlite") as files:
        files.create_database(DATABASE)
        counters = ServerCounters(files, valkey)
        counted = difference(counters.read(DATABASE), counters.read(DATABASE))
    assert [counted[name] for name in ("wal_bytes", "buffers_hit", "buffers_read", "rows_read")] == [None] * 4
    assert counted["cache_server_hits"] == 0
