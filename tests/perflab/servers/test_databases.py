"""The lab's databases: clones byte for byte, and nothing written to a database that the lab did not make."""

import hashlib
from pathlib import Path

import pytest

from perflab.errors import ForeignDatabase, ServerError
from perflab.servers.postgres import PostgresServer

ROWS = "SELECT count(*), sum(length(text)) FROM filled"


@pytest.fixture(scope="module")
def template(postgres: PostgresServer) -> str:
    """A template with 20,000 rows and an index."""
    name = "perflab_template_databases"
    postgres.create_database(name)
    with postgres.connect(name) as connection:
        connection.execute("CREATE TABLE filled AS SELECT i, md5(i::text) AS text FROM generate_series(1, 20000) i")
        connection.execute("CREATE INDEX ON filled (text)")
    postgres.vacuum(name)
    return name


def test_a_clone_is_its_template_byte_for_byte(postgres: PostgresServer, template: str) -> None:
    postgres.clone(template, "perflab_run_bytes")
    assert _files(postgres, "perflab_run_bytes") == _files(postgres, template)
    with postgres.connect("perflab_run_bytes") as connection:
        assert connection.execute(ROWS).fetchone() == (20000, 640000)
    postgres.drop("perflab_run_bytes")
    assert not postgres.exists("perflab_run_bytes")


def test_what_is_written_to_a_clone_stays_in_it(postgres: PostgresServer, template: str) -> None:
    postgres.clone(template, "perflab_run_written")
    before = postgres.wal_position()
    with postgres.connect("perflab_run_written") as connection:
        connection.execute("DELETE FROM filled")
    assert postgres.wal_position() > before
    with postgres.connect(template) as connection:
        assert connection.execute(ROWS).fetchone() == (20000, 640000)
    postgres.drop("perflab_run_written")


def test_prewarm_leaves_nothing_to_be_read(postgres: PostgresServer, template: str) -> None:
    postgres.clone(template, "perflab_run_warm")
    pages = postgres.prewarm("perflab_run_warm")
    assert pages is not None
    assert pages > 300
    with postgres.connect("perflab_run_warm") as connection:
        plan = connection.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {ROWS}").fetchone()
        connection.execute("SELECT pg_stat_force_next_flush()")
        connection.execute("SELECT 1")
    assert plan is not None
    assert plan[0][0]["Plan"]["Shared Read Blocks"] == 0
    assert (postgres.counters("perflab_run_warm").rows_read or 0) >= 20000
    postgres.drop("perflab_run_warm")


def test_a_template_in_use_is_one_line(postgres: PostgresServer, template: str) -> None:
    with (
        postgres.connect(template),
        pytest.raises(ServerError, match=r"being accessed by other users.*close the conn") as caught,
    ):
        postgres.clone(template, "perflab_run_busy")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["production", "postgres", "Perflab_x", 'perflab_"x', "perflab_"])
def test_names_that_are_not_the_labs_are_refused(postgres: PostgresServer, template: str, name: str) -> None:
    for write in (postgres.create_database, postgres.drop, postgres.vacuum, postgres.prewarm, postgres.django_settings):
        with pytest.raises(ForeignDatabase):
            write(name)
    with pytest.raises(ForeignDatabase):
        postgres.clone(template, name)
    with pytest.raises(ForeignDatabase):
        postgres.clone(name, "perflab_run_x")


def test_the_labs_name_alone_is_not_enough(postgres: PostgresServer) -> None:
    postgres.maintenance.execute("CREATE DATABASE perflab_unmarked")
    for write in (postgres.drop, postgres.vacuum, postgres.prewarm, postgres.django_settings, postgres.connect):
        with pytest.raises(ForeignDatabase, match="not created by perflab"):
            write("perflab_unmarked")
    with pytest.raises(ForeignDatabase):
        postgres.clone("perflab_unmarked", "perflab_run_x")
    assert postgres.exists("perflab_unmarked")
    postgres.maintenance.execute("DROP DATABASE perflab_unmarked")


def test_a_mark_is_forgotten_with_its_database(postgres: PostgresServer) -> None:
    """Another database may later have the name."""
    postgres.create_database("perflab_reborn")
    postgres.drop("perflab_reborn")
    postgres.maintenance.execute("CREATE DATABASE perflab_reborn")
    with pytest.raises(ForeignDatabase):
        postgres.drop("perflab_reborn")
    postgres.maintenance.execute("DROP DATABASE perflab_reborn")


def test_djangos_settings_keep_the_connection(postgres: PostgresServer, template: str) -> None:
    settings = postgres.django_settings(template)
    assert settings["HOST"] == str(postgres.folder.sockets)
    assert settings["CONN_MAX_AGE"] is None


def _files(server: PostgresServer, database: str) -> dict[str, str]:
    """Digests of the files of a database."""
    server.maintenance.execute("CHECKPOINT")
    row = server.maintenance.execute("SELECT oid FROM pg_database WHERE datname = %s", [database]).fetchone()
    assert row is not None
    folder: Path = server.data_dir / "base" / str(row[0])
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.iterdir()
        if file.name != "pg_internal.init"  # a cache that a backend writes when it first connects
    }
