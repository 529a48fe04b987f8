"""Somebody else's server: the lab makes databases of its own there, and leaves everything else alone. Its log is the witness."""

from collections.abc import Iterator

import psycopg
import pytest

from perflab.errors import ForeignDatabase, ServerError
from perflab.servers.disk.clean import clean
from perflab.servers.external import ExternalPostgres
from perflab.servers.opening import open_postgres
from perflab.servers.ownership import signature
from perflab.servers.postgres import PostgresServer
from perflab.servers.supervision.clock import backend_clock

CUSTOMERS = "SELECT count(*), sum(id) FROM customers"


class Foreign:
    """A server with a production database, and its log from the moment that this was made."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        server.maintenance.execute("CREATE DATABASE production")
        server.maintenance.execute("CREATE DATABASE perflab_production")  # the name is a coincidence
        for name in ("production", "perflab_production"):
            with self.connect(name) as connection:
                connection.execute("CREATE TABLE customers AS SELECT id FROM generate_series(1, 1000) id")
        self._from = len(server.log_path.read_bytes())

    def connect(self, database: str, user: str = "perflab") -> psycopg.Connection[tuple[int, ...]]:
        return psycopg.connect(**{**self.server.conninfo(database), "user": user}, autocommit=True)

    def url(self, database: str, user: str = "perflab") -> str:
        return f"postgresql://{user}:geheim@/{database}?host={self.server.folder.sockets}&port=5432"

    def log(self, database: str) -> list[str]:
        """What the log says of one database: connections and statements."""
        lines = self.server.log_path.read_bytes()[self._from :].decode().splitlines()
        return [line for line in lines if line.startswith(f"{database}|") or f"database={database}" in line]


@pytest.fixture
def foreign(perflab_home: object) -> Iterator[Foreign]:
    watched = {"log_statement": "all", "log_connections": "on", "log_line_prefix": "%d|"}
    with PostgresServer(settings=watched) as server:
        yield Foreign(server)


@pytest.fixture
def external(foreign: Foreign, monkeypatch: pytest.MonkeyPatch) -> Iterator[ExternalPostgres]:
    monkeypatch.setenv("PERFLAB_DATABASE_URL", foreign.url("production"))
    server = open_postgres()
    assert isinstance(server, ExternalPostgres)
    with server:
        yield server


def test_production_is_neither_connected_to_nor_written(foreign: Foreign, external: ExternalPostgres) -> None:
    external.create_database("perflab_template_x")
    external.clone("perflab_template_x", "perflab_run_x")
    external.vacuum("perflab_run_x")
    external.prewarm("perflab_run_x")
    external.django_settings("perflab_run_x")
    with external.connect("perflab_run_x") as connection:
        connection.execute("CREATE TABLE written AS SELECT 1")
    for refused in (external.connect, external.drop, external.vacuum, external.prewarm, external.create_database):
        with pytest.raises(ForeignDatabase):
            refused("production")
    with pytest.raises(ForeignDatabase):
        external.clone("production", "perflab_run_copy")
    external.drop("perflab_run_x")
    external.drop("perflab_template_x")
    clean(data=True)

    assert foreign.log("production") == []
    assert any("CREATE DATABASE" in line for line in foreign.log("postgres"))  # the witness is awake
    with foreign.connect("production") as connection:
        assert connection.execute(CUSTOMERS).fetchone() == (1000, 500500)


def test_a_database_with_the_labs_name_but_no_marker_is_only_looked_at(
    foreign: Foreign, external: ExternalPostgres
) -> None:
    for refused in (external.connect, external.drop, external.vacuum, external.prewarm, external.django_settings):
        with pytest.raises(ForeignDatabase, match="not created by perflab"):
            refused("perflab_production")
    with pytest.raises(ForeignDatabase):
        external.clone("perflab_production", "perflab_run_copy")
    statements = [
        line.partition("statement: ")[2] for line in foreign.log("perflab_production") if "statement: " in line
    ]
    assert set(statements) == {"SELECT to_regclass('perflab.marker') IS NOT NULL"}


def test_it_is_used_as_it_is(foreign: Foreign, external: ExternalPostgres) -> None:
    assert not external.private
    assert external.local  # a Unix socket of this machine
    assert not external.pin([0])
    with external.connect() as connection:
        assert connection.execute("SHOW jit").fetchone() == ("off",)  # of the session, not of the server
        assert backend_clock(connection.fileno(), connection.info.backend_pid) is not None
    assert external.version == foreign.server.version


def test_leftovers_of_dead_runs_go_and_those_of_others_stay(foreign: Foreign, external: ExternalPostgres) -> None:
    external.create_database("perflab_template_x")
    dead = signature().replace('"started": "', '"started": "0')
    elsewhere = dead.replace('"host": "', '"host": "not-')
    for name, comment in (("dead", dead), ("elsewhere", elsewhere), ("mine", None)):
        external.clone("perflab_template_x", f"perflab_run_{name}")
        if comment:
            foreign.server.maintenance.execute(f"COMMENT ON DATABASE perflab_run_{name} IS '{comment}'".encode())
    with ExternalPostgres(foreign.url("production")) as second:
        assert [name for name in second.databases() if "_run_" in name] == ["perflab_run_elsewhere", "perflab_run_mine"]


def test_clean_drops_the_templates_too_when_data_are_to_go(foreign: Foreign, external: ExternalPostgres) -> None:
    external.create_database("perflab_template_x")
    clean()
    assert external.exists("perflab_template_x")
    assert "database perflab_template_x" in clean(data=True).removed
    assert external.databases() == ["perflab_production"]


def test_without_the_right_to_create_databases_it_says_so(foreign: Foreign) -> None:
    foreign.server.maintenance.execute("CREATE ROLE reader LOGIN")
    with pytest.raises(ServerError, match=r"role reader may not create databases.*CREATEDB") as caught:
        ExternalPostgres(foreign.url("production", "reader")).start()
    assert "geheim" not in str(caught.value)
    assert foreign.log("production") == []


@pytest.mark.parametrize(
    "url", ["postgresql://a:geheim@localhost:x/", "mysql://a:geheim@h/db", "postgresql://a:geheim@127.0.0.1:1/"]
)
def test_a_url_that_leads_nowhere_is_one_line_without_the_password(url: str) -> None:
    with pytest.raises(ServerError) as caught:
        ExternalPostgres(url).start()
    assert "geheim" not in str(caught.value)
    assert "\n" not in str(caught.value)
