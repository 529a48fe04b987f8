"""CPU clocks of a real PostgreSQL backend and of a real cache server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from perflab.servers.postgres import PostgresServer
from perflab.servers.valkey import ValkeyServer, keys
from perflab.worker.probes.cpu import BackendClock, server_clock, thread_clock

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="POSIX process clocks"),
]

WORK = "SELECT count(*) FROM generate_series(1, 200000)"


class Django:
    """As much of Django's connection as the clock looks at: the driver's connection, which may be another one later."""

    def __init__(self, raw: Any) -> None:
        self.connection = raw


@pytest.fixture
def django(postgres: PostgresServer) -> Iterator[Django]:
    made = Django(postgres.connect())
    yield made
    made.connection.close()


def test_the_backends_clock_goes_on_with_its_work_and_stands_still_without(django: Django) -> None:
    clock = BackendClock(django)
    pid, began = clock.read()
    assert pid == django.connection.info.backend_pid
    assert began is not None
    django.connection.execute(WORK)
    again, ended = clock.read()
    assert again == pid and ended is not None
    assert ended - began > 1_000_000, "counting so many rows takes milliseconds"
    assert clock.read() == clock.read() == (pid, clock.read()[1])


def test_another_backend_is_recognised_by_its_pid(django: Django, postgres: PostgresServer) -> None:
    clock = BackendClock(django)
    first, _ = clock.read()
    django.connection.close()
    django.connection = postgres.connect()
    second, reading = clock.read()
    assert second != first
    assert second == django.connection.info.backend_pid
    assert reading is not None


def test_a_backend_that_is_gone_has_no_reading(django: Django, postgres: PostgresServer) -> None:
    clock = BackendClock(django)
    pid, _ = clock.read()
    with postgres.connect() as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    assert clock.read() == (None, None)


def test_without_a_connection_there_is_no_reading() -> None:
    assert BackendClock(Django(None)).read() == (None, None)


def test_a_closed_connection_has_no_reading(django: Django) -> None:
    django.connection.close()
    assert BackendClock(django).read() == (None, None)


def test_the_cache_servers_clock_goes_on_with_its_work(valkey: ValkeyServer) -> None:
    clock = server_clock(valkey.pid)
    began = clock()
    assert began > 0
    with valkey.client() as client:
        for number in range(200):
            client.set(f"perflab:clock:{number}", "x" * 1000)
    assert clock() > began
    keys.delete_prefix(valkey.client(), "perflab:clock:", "here")


@pytest.mark.parametrize("pid", [None, 2**22 + 1])
def test_a_server_that_is_elsewhere_has_no_clock(pid: int | None) -> None:
    assert server_clock(pid)() == -1


def test_a_server_that_has_ended_has_no_reading_any_more() -> None:
    with subprocess.Popen(["sleep", "600"]) as server:
        clock = server_clock(server.pid)
        assert clock() >= 0
        server.kill()
        server.wait()
        assert clock() == -1


def test_the_threads_clock_is_its_own() -> None:
    began = thread_clock()
    sum(range(300_000))
    assert thread_clock() > began
