"""What was written to a clone, on a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from perflab.errors import ServerError
from perflab.experiment.observe import written
from perflab.servers.ownership import RUN_PREFIX, TEMPLATE_PREFIX
from perflab.servers.postgres import PostgresServer
from perflab.servers.sqlite import SqliteFiles

pytestmark = pytest.mark.servers

BASE = f"{TEMPLATE_PREFIX}written"
CLONE = f"{RUN_PREFIX}written"


@pytest.fixture
def clone(postgres: PostgresServer) -> Iterator[str]:
    postgres.create_database(BASE)
    with postgres.connect(BASE) as connection:
        connection.execute("CREATE TABLE things (id int PRIMARY KEY, name text)")
        connection.execute("CREATE TABLE pairs (a int, b text, PRIMARY KEY (b, a))")
        connection.execute("CREATE TABLE bare (x int)")
        connection.execute("CREATE TABLE untouched (x int)")
        connection.execute("INSERT INTO things SELECT n, 'old' FROM generate_series(1, 100) n")
    postgres.vacuum(BASE)
    postgres.clone(BASE, CLONE)
    yield CLONE
    for name in (CLONE, BASE):
        postgres.drop(name)


def do(postgres: PostgresServer, database: str, *statements: str) -> None:
    with postgres.connect(database) as connection:
        for statement in statements:
            connection.execute(statement.encode())
        connection.execute("SELECT pg_stat_force_next_flush()")


def test_a_table_that_was_emptied_at_once_was_written_to(postgres: PostgresServer, clone: str) -> None:
    """TRUNCATE counts no row."""
    since = written.now(postgres)
    do(postgres, clone, "TRUNCATE things", "SELECT count(*) FROM untouched")
    assert written.written(postgres, clone, since) == {"things": written.Written(0, {})}
    do(postgres, clone, "INSERT INTO things VALUES (1, 'again')")
    assert written.written(postgres, clone, since)["things"].count == 1


def test_only_what_was_written_since_is_read(postgres: PostgresServer, clone: str) -> None:
    since = written.now(postgres)
    assert written.written(postgres, clone, since) == {}
    do(
        postgres,
        clone,
        "UPDATE things SET name = 'new' WHERE id = 7",
        "INSERT INTO things VALUES (101, 'more')",
        "DELETE FROM things WHERE id < 4",
        "INSERT INTO pairs VALUES (1, 'z'), (2, 'a')",
        "INSERT INTO bare VALUES (5)",
    )
    tables = written.written(postgres, clone, since)
    assert set(tables) == {"things", "pairs", "bare"}
    assert tables["things"].count == 98
    assert tables["things"].rows == {"[7]": {"id": 7, "name": "new"}, "[101]": {"id": 101, "name": "more"}}
    assert [*tables["pairs"].rows] == ['["a", 2]', '["z", 1]'], "in the order of the key"
    assert [*tables["bare"].rows.values()] == [{"x": 5}]


def test_a_table_that_only_lost_rows_is_found_by_its_count(postgres: PostgresServer, clone: str) -> None:
    since = written.now(postgres)
    do(postgres, clone, "DELETE FROM things")
    assert written.written(postgres, clone, since) == {"things": written.Written(0, {})}


def test_of_many_rows_the_first_are_read(postgres: PostgresServer, clone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written, "MAX_ROWS", 3)
    since = written.now(postgres)
    do(postgres, clone, "UPDATE things SET name = 'new'")
    table = written.written(postgres, clone, since)["things"]
    assert table.count == 100 and [row["id"] for row in table.rows.values()] == [1, 2, 3]


# -- SQLite ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> Iterator[SqliteFiles]:
    """A base with tables of all kinds, and a clone of it."""
    with SqliteFiles(tmp_path / "sqlite") as made:
        made.create_database(BASE)
        change(
            made,
            BASE,
            "CREATE TABLE things (id integer PRIMARY KEY, name text, raw blob)",
            "CREATE TABLE pairs (a int, b text, PRIMARY KEY (b, a)) WITHOUT ROWID",
            'CREATE TABLE "odd ""one" (rowid text, x int)',
            "CREATE TABLE untouched (x int)",
            "INSERT INTO things (name) WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 100)"
            " SELECT 'old' FROM n",
            "INSERT INTO pairs VALUES (5, 'five')",
        )
        made.clone(BASE, CLONE)
        yield made


def change(files: SqliteFiles, database: str, *statements: str) -> None:
    with files.connect(database) as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_file_is_held_against_the_one_that_it_was_copied_from(files: SqliteFiles) -> None:
    assert written.now(files) == 0
    assert written.written(files, CLONE, 0) == {}
    change(
        files,
        CLONE,
        "UPDATE things SET name = NULL WHERE id = 7",
        "INSERT INTO things VALUES (101, 'more', x'ff00')",
        "DELETE FROM things WHERE id < 4",
        "INSERT INTO pairs VALUES (1, 'z'), (2, 'a')",
        'INSERT INTO "odd ""one" VALUES (NULL, NULL)',
        "CREATE TABLE made_later (x int)",
    )
    tables = written.written(files, CLONE, 0)
    assert set(tables) == {"things", "pairs", 'odd "one'}
    assert tables["things"].count == 98
    assert tables["things"].rows == {
        "[7]": {"id": 7, "name": None, "raw": None},
        "[101]": {"id": 101, "name": "more", "raw": "ff00"},
    }
    assert [*tables["pairs"].rows] == ['["a", 2]', '["z", 1]'], "in the order of the key"
    assert [*tables['odd "one'].rows.values()] == [{"rowid": None, "x": None}]


def test_a_file_whose_table_only_lost_rows_is_found_by_its_count(files: SqliteFiles) -> None:
    change(files, CLONE, "DELETE FROM things")
    assert written.written(files, CLONE, 0) == {"things": written.Written(0, {})}


def test_of_many_rows_of_a_file_the_first_are_read(files: SqliteFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written, "MAX_ROWS", 3)
    change(files, CLONE, "UPDATE things SET name = 'new'")
    table = written.written(files, CLONE, 0)["things"]
    assert table.count == 100 and [row["id"] for row in table.rows.values()] == [1, 2, 3]


def test_what_a_worker_has_not_brought_into_its_file_is_seen_too(files: SqliteFiles) -> None:
    """In the journal that WAL keeps beside the file, as long as the worker is connected."""
    with files.connect(CLONE) as worker:
        worker.execute("PRAGMA journal_mode = WAL")
        worker.execute("UPDATE things SET name = 'new' WHERE id = 5")
        assert [*written.written(files, CLONE, 0)["things"].rows] == ["[5]"]


def test_of_a_file_that_is_no_clone_nothing_can_be_known(files: SqliteFiles) -> None:
    with pytest.raises(ServerError, match="the template of"):
        written.written(files, BASE, 0)
