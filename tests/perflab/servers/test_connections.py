"""Reaching a PostgreSQL: whatever goes wrong is one line that names the server, and no password."""

from typing import Any

import psycopg
import pytest

from perflab.errors import ServerError
from perflab.servers.connections import MAINTENANCE, Reachable
from perflab.servers.postgres import PostgresServer
from tests.waiting import wait_until


class Nowhere(Reachable):
    """A server at a port where nobody listens."""

    def conninfo(self, database: str) -> dict[str, Any]:
        return {"host": "127.0.0.1", "port": "1", "user": "anna", "password": "geheim", "dbname": database}


def test_where_nobody_listens_is_one_line_without_the_password() -> None:
    with pytest.raises(ServerError, match=r"127\.0\.0\.1:1: cannot connect to .*is the server running") as caught:
        _ = Nowhere().maintenance
    assert "\n" not in str(caught.value)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (psycopg.errors.InsufficientPrivilege, "unset PERFLAB_DATABASE_URL"),
        (psycopg.errors.ObjectInUse, "close the connections"),
        (psycopg.errors.DiskFull, "see the server's log"),
    ],
)
def test_an_error_keeps_its_first_line_and_gets_a_hint(error: type[psycopg.Error], hint: str) -> None:
    with pytest.raises(ServerError) as caught, Nowhere().errors("cannot do it"):
        raise error("no\nDETAIL:  more")
    assert "cannot do it: no" in str(caught.value)
    assert "DETAIL" not in str(caught.value)
    assert hint in str(caught.value)


def test_an_error_without_words_is_named() -> None:
    with pytest.raises(ServerError, match="cannot do it: OperationalError"), Nowhere().errors("cannot do it"):
        raise psycopg.OperationalError


def test_the_standing_connection_is_one_and_made_again_when_it_broke(postgres: PostgresServer) -> None:
    standing = postgres.maintenance
    assert postgres.maintenance is standing
    pid = [standing.info.backend_pid]
    with postgres.connect() as other:
        other.execute("SELECT pg_terminate_backend(%s)", pid)
        wait_until(lambda: not other.execute("SELECT FROM pg_stat_activity WHERE pid = %s", pid).fetchall(), 5)
    with pytest.raises(ServerError, match="cannot query the server"):
        postgres.wal_position()
    assert postgres.wal_position() > 0
    assert postgres.maintenance is not standing


def test_the_server_says_which_it_is(postgres: PostgresServer) -> None:
    row = postgres.maintenance.execute("SHOW server_version").fetchone()
    assert row is not None
    assert row[0].split()[0] == postgres.version
    assert postgres.address() == f"PostgreSQL at {postgres.folder.sockets}:5432"
    assert postgres.maintenance.info.dbname == MAINTENANCE


def test_settings_have_their_units(postgres: PostgresServer) -> None:
    assert postgres.settings["max_wal_size"] == "4GB"
    assert postgres.settings["checkpoint_timeout"] == "1d"
