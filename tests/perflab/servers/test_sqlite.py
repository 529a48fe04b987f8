"""SQLite files in the place of a server: made, copied, opened as they should be, and nobody else's touched."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db.utils import ConnectionHandler

from perflab.errors import ForeignDatabase, ServerError
from perflab.servers.aliases.entry import merged
from perflab.servers.database import SQLITE
from perflab.servers.ownership import RUN_PREFIX, TEMPLATE_PREFIX
from perflab.servers.sqlite import SqliteFiles

BASE = f"{TEMPLATE_PREFIX}base"
CLONE = f"{RUN_PREFIX}1_0"
WAL = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": "/somebody/elses.sqlite3",
    "ATOMIC_REQUESTS": True,
    "OPTIONS": {"init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL"},
}


@pytest.fixture
def files(tmp_path: Path, django_db_blocker: Any) -> Iterator[SqliteFiles]:
    with django_db_blocker.unblock(), SqliteFiles(tmp_path / "sqlite") as made:
        made.create_database(BASE)
        with made.connect(BASE) as connection:
            connection.execute("CREATE TABLE things (id integer PRIMARY KEY, name text)")
            connection.execute("INSERT INTO things VALUES (1, 'one'), (2, 'two')")
        yield made


def names(files: SqliteFiles, database: str) -> list[Any]:
    with files.connect(database, read_only=True) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM things ORDER BY id")]


def through_django(files: SqliteFiles, database: str, statement: str) -> list[Any]:
    """What a worker's connection answers; it is closed again."""
    connection = ConnectionHandler({"default": merged({}, files.django_settings(database))})["default"]
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())
    finally:
        connection.close()


def test_nobody_else_can_read_the_files(files: SqliteFiles) -> None:
    files.clone(BASE, CLONE)
    assert stat.S_IMODE(files.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.folder.iterdir()} == {0o600}
    assert files.databases() == [CLONE, BASE]


def test_a_clone_is_the_same_file_and_goes_its_own_way(files: SqliteFiles) -> None:
    files.vacuum(BASE)
    files.clone(BASE, CLONE)
    assert files.path(CLONE).read_bytes() == files.path(BASE).read_bytes()
    assert files.size_bytes(CLONE) == files.size_bytes(BASE) > 0
    assert files.template_of(CLONE) == BASE
    with files.connect(CLONE) as connection:
        connection.execute("DELETE FROM things")
    assert names(files, CLONE) == []
    assert names(files, BASE) == ["one", "two"]


def test_what_is_there_is_not_written_over(files: SqliteFiles) -> None:
    files.clone(BASE, CLONE)
    with pytest.raises(ServerError, match=f"cannot create database {CLONE}: File exists"):
        files.clone(BASE, CLONE)
    with pytest.raises(ServerError, match="nothing: No such file"):
        files.clone(f"{TEMPLATE_PREFIX}nothing", f"{RUN_PREFIX}1_1")
    assert files.databases() == [CLONE, BASE]


def test_a_renamed_database_has_its_contents(files: SqliteFiles) -> None:
    files.clone(BASE, CLONE)
    files.rename(CLONE, f"{TEMPLATE_PREFIX}bare")
    assert files.databases() == [f"{TEMPLATE_PREFIX}bare", BASE]
    assert names(files, f"{TEMPLATE_PREFIX}bare") == ["one", "two"]
    with pytest.raises(ServerError, match=r"the template of .* is unknown"):
        files.template_of(CLONE)


def test_a_dropped_database_goes_with_the_files_beside_it(files: SqliteFiles) -> None:
    files = SqliteFiles(files.folder, WAL)
    files.clone(BASE, CLONE)
    connection = ConnectionHandler({"default": merged(WAL, files.django_settings(CLONE))})["default"]
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO things VALUES (3, 'three')")
    assert files.path(CLONE).with_name(f"{CLONE}.sqlite3-wal").exists()
    files.drop(CLONE)
    assert [path.name for path in files.folder.iterdir()] == [f"{BASE}.sqlite3"]
    connection.close()
    files.drop(CLONE)
    with pytest.raises(ServerError, match="No such file"):
        files.drop(CLONE, missing_ok=False)


def test_the_next_start_drops_clones_and_keeps_templates(files: SqliteFiles) -> None:
    files.clone(BASE, CLONE)
    files.path(f"{RUN_PREFIX}half").touch()  # killed before it was copied
    with SqliteFiles(files.folder) as again:
        assert again.databases() == [BASE]


@pytest.mark.parametrize("name", ["db", "perflab_../x", "PERFLAB_X", "perflab_"])
def test_a_name_that_is_not_the_labs_is_refused(files: SqliteFiles, name: str) -> None:
    for refuse in (files.create_database, files.drop, files.connect, files.django_settings, files.exists):
        with pytest.raises(ForeignDatabase):
            refuse(name)


def test_a_file_that_the_lab_did_not_make_is_left_alone(files: SqliteFiles) -> None:
    theirs = files.folder / "perflab_theirs.sqlite3"
    connection = sqlite3.connect(theirs)
    connection.execute("CREATE TABLE precious (id integer)")
    connection.close()
    for refuse in (files.drop, files.connect, files.django_settings, files.vacuum):
        with pytest.raises(ForeignDatabase, match="was not created by perflab"):
            refuse("perflab_theirs")
    assert theirs.exists()


def test_who_only_reads_cannot_write(files: SqliteFiles) -> None:
    with files.connect(BASE, read_only=True) as connection, pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM things")
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")


def test_a_plan_may_need_djangos_functions(files: SqliteFiles) -> None:
    with files.connect(BASE, read_only=True) as connection:
        plan = connection.execute(
            "EXPLAIN QUERY PLAN SELECT django_date_extract('year', name) FROM things WHERE id = 1"
        ).fetchall()
    assert "things" in plan[0][-1]


def test_a_clone_is_opened_as_the_project_opens_its_own(files: SqliteFiles) -> None:
    theirs = SqliteFiles(files.folder, WAL)
    theirs.clone(BASE, CLONE)
    settings = merged(WAL, theirs.django_settings(CLONE))
    assert settings == {**WAL, "NAME": str(theirs.path(CLONE)), "CONN_MAX_AGE": None}
    assert theirs.settings["journal_mode"] == "wal"
    assert theirs.settings["synchronous"] == "normal"
    assert theirs.databases() == [CLONE, BASE], "what it was looked up in is gone"


def test_a_template_is_opened_without_the_projects_options(files: SqliteFiles) -> None:
    """They would be written into the file, and all clones to come would inherit them."""
    theirs = SqliteFiles(files.folder, WAL)
    assert through_django(theirs, BASE, "PRAGMA journal_mode") == [("delete",)]
    assert through_django(theirs, BASE, "PRAGMA synchronous") == [(0,)]


def test_without_options_of_the_project_sqlites_defaults_hold(files: SqliteFiles) -> None:
    assert files.vendor == SQLITE
    assert files.settings.items() >= {"journal_mode": "delete", "synchronous": "full", "foreign_keys": "1"}.items()
    assert files.version == sqlite3.sqlite_version


def test_what_sqlite_does_not_count_is_unknown(files: SqliteFiles) -> None:
    counted = files.counters(BASE)
    assert (counted.buffers_hit, counted.buffers_read, counted.rows_read) == (None, None, None)
    assert files.wal_position() is None
    assert not files.local


def test_prewarming_reads_all_pages(files: SqliteFiles) -> None:
    assert files.prewarm(BASE) == files.size_bytes(BASE) // 4096


def test_errors_are_one_line(files: SqliteFiles) -> None:
    with (
        pytest.raises(ServerError, match=r"SQLite in .*: cannot look: no such table: nowhere") as caught,
        files.errors("cannot look"),
        files.connect(BASE) as connection,
    ):
        connection.execute("SELECT * FROM nowhere")
    assert "\n" not in str(caught.value)
    with pytest.raises(ServerError, match="make room"), files.errors("cannot write"):
        raise OSError(28, "No space left on device")
