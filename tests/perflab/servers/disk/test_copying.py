"""A copy of a running server's data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from perflab.errors import ServerError
from perflab.servers.disk.copying import copy_cluster
from perflab.servers.disk.home import Home
from perflab.servers.postgres import PostgresServer
from perflab.servers.supervision.users import server_user


def with_rows(server: PostgresServer, name: str, rows: int) -> None:
    server.create_database(name)
    with server.connect(name) as connection:
        connection.execute("CREATE TABLE things AS SELECT generate_series(1, %s) AS id", [rows])


def rows(server: PostgresServer, name: str) -> int:
    with server.connect(name) as connection:
        row = connection.execute("SELECT count(*) FROM things").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.servers
def test_a_server_on_a_copy_has_the_rows_and_goes_its_own_way(home: Home) -> None:
    with PostgresServer() as server:
        with_rows(server, "perflab_run_kept", 1000)
        with_rows(server, "perflab_run_left_out", 1000)
        with server.copy({"perflab_run_kept"}) as copy:
            folder = copy.folder.path
            copy.clone("perflab_run_kept", "perflab_run_clone")
            with copy.connect("perflab_run_clone") as connection:
                connection.execute("DELETE FROM things")
            assert (rows(copy, "perflab_run_kept"), rows(copy, "perflab_run_clone")) == (1000, 0)
            assert "perflab_run_clone" not in server.databases()
            oids: dict[str, int] = dict(server.maintenance.execute("SELECT datname, oid FROM pg_database").fetchall())
            assert (copy.data_dir / "base" / str(oids["perflab_run_kept"])).is_dir()
            assert not (copy.data_dir / "base" / str(oids["perflab_run_left_out"])).exists()
            assert copy.settings["shared_buffers"] == server.settings["shared_buffers"]
        assert not folder.exists()
        assert rows(server, "perflab_run_left_out") == 1000
    assert list(home.run.iterdir()) == []


@pytest.mark.servers
def test_data_that_change_meanwhile_are_not_taken_for_a_copy(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from perflab.servers.disk import copying as module

    with PostgresServer() as server:
        with_rows(server, "perflab_run_kept", 10)

        def copied(*arguments: Any) -> None:
            copy_cluster(*arguments)
            with_rows(server, "perflab_run_written", 10)

        monkeypatch.setattr(module, "copy_cluster", copied)
        with pytest.raises(ServerError, match="changed while it was copied"), server.copy({"perflab_run_kept"}):
            pass
        assert len(list(home.run.iterdir())) == 1, "that of the first server alone"


def test_a_copy_that_fails_leaves_nothing_and_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "source" / "base").mkdir(parents=True)
    (tmp_path / "source" / "broken").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ServerError, match=r"cannot copy the database: No such file.*set lanes to 1"):
        copy_cluster(tmp_path / "source", tmp_path / "copy", server_user(), (), ())
    assert not (tmp_path / "copy").exists()
