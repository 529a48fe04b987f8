"""CPU clocks of other processes: they count that process's work, and are None where they can't be read."""

import os
import socket
import subprocess
import sys

import pytest

from perflab.servers.postgres import PostgresServer
from perflab.servers.supervision.clock import backend_clock, cpu_clock, parent_of, peer_pid, read_cpu_ns
from perflab.servers.valkey import ValkeyServer


def test_a_backends_clock_counts_its_own_work_only(postgres: PostgresServer) -> None:
    with postgres.connect() as busy, postgres.connect() as idle:
        clocks = [backend_clock(c.fileno(), c.info.backend_pid) for c in (busy, idle)]
        assert all(clocks)
        before = [clock() for clock in clocks if clock]
        busy.execute("SELECT sum(sqrt(i)) FROM generate_series(1, 300000) i")
        after = [clock() for clock in clocks if clock]
    assert after[0] - before[0] > 5_000_000
    assert after[1] - before[1] < 5_000_000


def test_the_caches_clock_counts_a_command(valkey: ValkeyServer) -> None:
    clock = valkey.cpu_clock()
    assert clock is not None
    before = clock()
    valkey.client().ping()
    assert clock() > before


def test_no_clock_without_a_process() -> None:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    assert cpu_clock(done.pid) is None
    assert cpu_clock(None) is None
    assert cpu_clock(0) is None
    with pytest.raises(OSError, match="nvalid"):
        read_cpu_ns(done.pid)


def test_a_pid_that_is_not_this_sockets_backend_has_no_clock(postgres: PostgresServer) -> None:
    """A server in another pid namespace may name a pid that is somebody else's here."""
    with postgres.connect() as connection:
        assert peer_pid(connection.fileno()) == postgres.pid
        assert backend_clock(connection.fileno(), 1) is None


def test_a_parent_is_known_by_the_system() -> None:
    assert parent_of(os.getpid()) == os.getppid()
    assert parent_of(2**22 + 1) is None


def test_a_tcp_connection_has_no_clock() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert peer_pid(client.fileno()) is None
        assert backend_clock(client.fileno(), 1) is None
