"""Databases for the cells, on a real server: templates that are made once, clones that lack what they should."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from perflab.errors import ServerError
from perflab.experiment.databases import cell_databases, drop_statements, template_for
from perflab.servers.aliases.layout import name_of
from perflab.servers.ownership import RUN_PREFIX, TEMPLATE_PREFIX
from perflab.servers.postgres import PostgresServer
from perflab.servers.sqlite import SqliteFiles

pytestmark = pytest.mark.servers

BASE = f"{TEMPLATE_PREFIX}clones"


@pytest.fixture
def base(postgres: PostgresServer) -> Iterator[str]:
    postgres.create_database(BASE)
    with postgres.connect(BASE) as connection:
        connection.execute("CREATE TABLE things (id int PRIMARY KEY, name text, size int, day date)")
        connection.execute(
            "INSERT INTO things SELECT n, 'name ' || n, n % 7, '2025-10-20' FROM generate_series(1, 500) n"
        )
        for column in ("name", "size", "day"):
            connection.execute(f"CREATE INDEX by_{column} ON things ({column})".encode())
        connection.execute("VACUUM (FREEZE, ANALYZE)")
    yield BASE
    for name in postgres.databases():
        if name.startswith((TEMPLATE_PREFIX, RUN_PREFIX)):
            postgres.drop(name)


def indexes(postgres: PostgresServer, database: str) -> set[str]:
    with postgres.connect(database) as connection:
        rows = connection.execute("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'").fetchall()
    return {name for (name,) in rows}


ALL = {"things_pkey", "by_name", "by_size", "by_day"}


def test_the_name_of_an_index_is_quoted() -> None:
    assert drop_statements(['odd"name']) == ['DROP INDEX "odd""name"']


def test_with_all_indexes_the_base_is_the_template(postgres: PostgresServer, base: str) -> None:
    assert template_for(postgres, base, ()) == base


def test_a_template_lacks_its_indexes_and_the_base_is_as_it_was(postgres: PostgresServer, base: str) -> None:
    name = template_for(postgres, base, ("by_name", "by_size"))
    assert name.startswith(TEMPLATE_PREFIX) and name != base
    assert indexes(postgres, name) == {"things_pkey", "by_day"}
    assert indexes(postgres, base) == ALL
    with postgres.connect(name) as connection:
        assert connection.execute("SELECT count(*), sum(size) FROM things").fetchone() == (
            500,
            sum(n % 7 for n in range(1, 501)),
        )


def test_a_template_is_made_once(postgres: PostgresServer, base: str) -> None:
    def oid(name: str) -> object:
        return postgres.maintenance.execute("SELECT oid FROM pg_database WHERE datname = %s", [name]).fetchone()

    first = template_for(postgres, base, ("by_name",))
    made = oid(first)
    assert template_for(postgres, base, ("by_name",)) == first
    assert oid(first) == made
    assert template_for(postgres, base, ("by_size",)) != first


def test_an_unfinished_template_is_not_taken_for_one(postgres: PostgresServer, base: str) -> None:
    """Its making was interrupted by an index that cannot be dropped; the next attempt makes it anew."""
    with pytest.raises(ServerError, match=r"cannot drop indexes .*no_such_index"):
        template_for(postgres, base, ("by_name", "no_such_index"))
    with pytest.raises(ServerError, match="no_such_index"):
        template_for(postgres, base, ("by_name", "no_such_index"))
    assert [name for name in postgres.databases() if name.startswith((RUN_PREFIX, TEMPLATE_PREFIX))] == [base]


def test_what_a_killed_making_left_does_not_stand_in_the_way(postgres: PostgresServer, base: str) -> None:
    """A copy that still has its indexes, under a name that the next start drops."""
    postgres.clone(base, f"{RUN_PREFIX}template_killed")
    name = template_for(postgres, base, ("by_name",))
    assert indexes(postgres, name) == ALL - {"by_name"}


def test_each_cell_has_a_clone_of_its_own_while_the_round_lasts(postgres: PostgresServer, base: str) -> None:
    bare = template_for(postgres, base, ("by_name", "by_size", "by_day"))
    with cell_databases(postgres, {"all_off": bare, "all_on": base, "twin": base}, "1") as made:
        assert list(made) == ["all_off", "all_on", "twin"]
        assert len(set(made.values())) == 3
        assert all(name.startswith(RUN_PREFIX) for name in made.values())
        assert indexes(postgres, made["all_off"]) == {"things_pkey"}
        assert indexes(postgres, made["all_on"]) == indexes(postgres, made["twin"]) == ALL
        with postgres.connect(made["twin"]) as connection:
            connection.execute("DELETE FROM things")
        with postgres.connect(made["all_on"]) as connection:
            assert connection.execute("SELECT count(*) FROM things").fetchone() == (500,)
        names = list(made.values())
    assert not {*names} & {*postgres.databases()}
    assert {bare, base} <= {*postgres.databases()}, "templates stay"


def test_a_cell_has_a_clone_of_each_other_database_too(postgres: PostgresServer, base: str) -> None:
    log = name_of(BASE, "log")
    postgres.clone(base, log)
    with cell_databases(postgres, {"all_off": base, "all_on": base}, "1", {base: {"log": log}}.__getitem__) as made:
        clones = {*made.values(), *(name_of(name, "log") for name in made.values())}
        assert len(clones) == 4 and clones <= {*postgres.databases()}
        assert indexes(postgres, name_of(made["all_on"], "log")) == ALL
    assert not clones & {*postgres.databases()} and log in postgres.databases()


def test_clones_go_when_the_round_fails_and_when_one_of_them_cannot_be_made(
    postgres: PostgresServer, base: str
) -> None:
    with pytest.raises(RuntimeError, match="the round failed"), cell_databases(postgres, {"all_on": base}, "1"):
        raise RuntimeError("the round failed")
    with (
        pytest.raises(ServerError),
        cell_databases(postgres, {"all_on": base, "twin": f"{TEMPLATE_PREFIX}nothing"}, "1"),
    ):
        raise AssertionError("unreachable")
    assert not [name for name in postgres.databases() if name.startswith(RUN_PREFIX)]


def test_a_connection_that_is_still_open_does_not_hinder_dropping(postgres: PostgresServer, base: str) -> None:
    with cell_databases(postgres, {"all_on": base}, "1") as made:
        connection = postgres.connect(made["all_on"])
    assert not postgres.exists(made["all_on"])
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")


def test_when_the_server_dies_the_first_error_is_reported(perflab_home: object) -> None:
    with PostgresServer() as server:
        server.create_database(BASE)
        with pytest.raises(RuntimeError, match="the first"), cell_databases(server, {"all_on": BASE}, "1"):
            _stop_and_raise(server)


def _stop_and_raise(server: PostgresServer) -> None:
    server.stop()
    raise RuntimeError("the first")


# -- SQLite ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> Iterator[SqliteFiles]:
    with SqliteFiles(tmp_path / "sqlite") as made:
        made.create_database(BASE)
        with made.connect(BASE) as connection:
            connection.execute("CREATE TABLE things (id integer PRIMARY KEY, name text, size int)")
            connection.execute("INSERT INTO things (name, size) VALUES ('one', 1), ('two', 2)")
            for column in ("name", "size"):
                connection.execute(f"CREATE INDEX by_{column} ON things ({column})")
        made.vacuum(BASE)
        yield made


def file_indexes(files: SqliteFiles, database: str) -> set[str]:
    with files.connect(database, read_only=True) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}


def test_sqlite_templates_and_clones_are_files(files: SqliteFiles) -> None:
    bare = template_for(files, BASE, ("by_name", "by_size"))
    assert template_for(files, BASE, ("by_name", "by_size")) == bare != BASE
    with cell_databases(files, {"all_off": bare, "all_on": BASE, "twin": BASE}, "1") as made:
        assert file_indexes(files, made["all_off"]) == set()
        assert file_indexes(files, made["all_on"]) == file_indexes(files, made["twin"]) == {"by_name", "by_size"}
    assert sorted(files.databases()) == sorted([BASE, bare])


def test_an_unfinished_sqlite_template_is_not_taken_for_one(files: SqliteFiles) -> None:
    with pytest.raises(ServerError, match=r"cannot drop indexes .*no_such_index"):
        template_for(files, BASE, ("by_name", "no_such_index"))
    assert files.databases() == [BASE]
