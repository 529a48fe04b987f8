"""The private PostgreSQL: quiet, reachable by its user only, and tidy after a crash."""

import os
import stat

import pytest

from perflab.errors import ServerError
from perflab.servers.disk.home import Home
from perflab.servers.postgres import PostgresServer
from perflab.servers.supervision.users import server_user
from tests.perflab.servers.helpers import alive, orchestrator
from tests.waiting import wait_until


def test_it_opens_no_port_and_its_socket_folder_is_closed_to_others(postgres: PostgresServer) -> None:
    assert postgres.settings["listen_addresses"] == ""
    facts = postgres.folder.sockets.stat()
    assert stat.S_IMODE(facts.st_mode) == 0o700
    user = server_user()
    if user is not None:
        assert facts.st_uid == user.uid


def test_the_backend_does_all_the_work_itself(postgres: PostgresServer) -> None:
    in_force = postgres.settings
    off = ("jit", "autovacuum", "fsync", "full_page_writes", "synchronous_commit")
    quiet = {"max_parallel_workers_per_gather": "0", **dict.fromkeys(off, "off")}
    assert quiet.items() <= in_force.items()
    assert in_force.get("io_method", "sync") == "sync"  # it came with version 18
    assert in_force["shared_buffers"] == "128MB"


def test_pinning_reaches_the_backends(postgres: PostgresServer) -> None:
    if not hasattr(os, "sched_getaffinity"):
        pytest.skip("this system cannot pin")
    allowed = os.sched_getaffinity(0)
    first = {min(allowed)}
    with postgres.connect() as early:
        assert postgres.pin(sorted(first))
        with postgres.connect() as late:
            for pid in (early.info.backend_pid, late.info.backend_pid, postgres.pid):
                assert os.sched_getaffinity(pid) == first
    assert postgres.pin(sorted(allowed))


def test_data_that_stay_are_used_again(home: Home) -> None:
    data_dir = home.data_folder("abc") / "pg"
    with PostgresServer(data_dir) as server:
        server.create_database("perflab_template_kept")
        server.clone("perflab_template_kept", "perflab_run_gone")
        with pytest.raises(ServerError, match=r"in use|already running"):
            server.start()
    with PostgresServer(data_dir) as server:
        assert server.databases() == ["perflab_template_kept"]
    assert list(home.run.iterdir()) == []


def test_the_next_start_after_a_kill_finds_templates_and_no_leftovers(home: Home) -> None:
    data_dir = home.data_folder("abc") / "pg"
    with orchestrator(home.path, data_dir) as (process, facts):
        process.kill()
        process.wait()
        with PostgresServer(data_dir) as server:  # at once: the old server may still be stopping
            assert server.databases() == ["perflab_template_t"]
            assert [folder.name for folder in home.run.iterdir()] == [server.folder.path.name]
            server.check_ours("perflab_template_t")
        wait_until(lambda: not alive(facts["pids"]), 5)


def test_files_of_a_database_whose_making_was_interrupted_go(home: Home) -> None:
    data_dir = home.data_folder("abc") / "pg"
    with PostgresServer(data_dir):
        pass
    orphan = data_dir / "base" / "99999"
    orphan.mkdir()
    (orphan / "1259").write_bytes(b"x")
    with PostgresServer(data_dir):
        assert not orphan.exists()


def test_data_of_another_version_are_refused(home: Home) -> None:
    data_dir = home.data_folder("abc") / "pg"
    with PostgresServer(data_dir):
        pass
    (data_dir / "PG_VERSION").write_text("9\n")
    with pytest.raises(ServerError, match=r"created by PostgreSQL 9.*perflab clean --data"):
        PostgresServer(data_dir).start()
    assert list(home.run.iterdir()) == []


def test_a_server_that_ends_at_once_says_why(home: Home) -> None:
    with pytest.raises(ServerError, match="no_such_setting") as caught:
        PostgresServer(settings={"no_such_setting": "1"}).start()
    assert "\n" not in str(caught.value)
    assert list(home.run.iterdir()) == []
