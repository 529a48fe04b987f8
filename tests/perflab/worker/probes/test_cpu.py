"""CPU clocks of a real PostgreSQL backend and of a real cache server."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from perflab.servers.postgres import PostgresServer
from perflab.servers.supervision.clock import age_s
from perflab.servers.valkey import ValkeyServer, keys
from perflab.worker.probes.cpu import Backends, app_cpu_ns, process_clock, server_clock, thread_clock
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="POSIX process clocks"),
]

# It takes milliseconds; a backend may still have microseconds to do when its client has the result.
WORK = "SELECT count(*) FROM generate_series(1, 200000)"
REST_NS = 1_000_000


class Django:
    """As much of Django's connection as the clocks look at: the driver's connection, which may be another one later."""

    def __init__(self, raw: Any) -> None:
        self.connection = raw


@pytest.fixture
def connected(postgres: PostgresServer) -> Iterator[Callable[[], Django]]:
    made: list[Any] = []

    def connect() -> Django:
        made.append(postgres.connect())
        return Django(made[-1])

    yield connect
    for raw in made:
        raw.close()


def reading(backends: Backends) -> int:
    ns = backends.read()
    assert ns is not None
    return ns


def test_the_work_of_all_backends_counts_from_the_start_of_the_request(connected: Callable[[], Django]) -> None:
    backends, first, second = Backends(), connected(), connected()
    first.connection.execute(WORK)
    for connection in (first, second, first):
        backends.attach(connection)
    backends.start()
    assert reading(backends) < REST_NS, "what was before is not counted, and none of them works"
    first.connection.execute(WORK)
    alone = reading(backends)
    assert alone > 1_000_000, "counting so many rows takes milliseconds"
    second.connection.execute(WORK)
    assert reading(backends) - alone > 1_000_000
    backends.start()
    assert reading(backends) < REST_NS


def test_a_backend_that_starts_in_the_request_counts_from_its_start(connected: Callable[[], Django]) -> None:
    backends = Backends()
    backends.start()
    connection = connected()
    backends.attach(connection)
    connecting = reading(backends)
    assert connecting > 100_000, "a process of its own, and a login"
    connection.connection.execute(WORK)
    assert reading(backends) - connecting > 1_000_000


def test_a_backend_that_ends_in_the_request_counts_to_its_end(connected: Callable[[], Django]) -> None:
    backends, connection = Backends(), connected()
    backends.attach(connection)
    backends.start()
    connection.connection.execute(WORK)
    backends.detach(connection)
    connection.connection.close()
    connection.connection = None
    assert reading(backends) > 1_000_000
    backends.start()
    assert reading(backends) < REST_NS


def test_a_connection_that_goes_with_its_thread_is_read_before(connected: Callable[[], Django]) -> None:
    backends = Backends()
    backends.start()
    connection = connected()
    raw, pid = connection.connection, connection.connection.info.backend_pid
    backends.attach(connection)
    raw.execute(WORK)
    del connection
    gc.collect()
    raw.close()
    wait_until(lambda: age_s(pid) is None, 5)
    assert reading(backends) > 1_000_000


def test_a_backend_from_a_pool_counts_only_what_it_did_in_the_request(connected: Callable[[], Django]) -> None:
    backends, connection = Backends(), connected()
    connection.connection.execute(WORK)
    backends.attach(connection)
    backends.detach(connection)  # returned, not closed
    backends.start()
    backends.attach(connection)
    assert reading(backends) < REST_NS
    old = connected()
    old.connection.execute(WORK)
    wait_until(lambda: (age_s(old.connection.info.backend_pid) or 0) > 0.1, 5)
    backends.start()
    backends.attach(old)
    assert reading(backends) < REST_NS, "it began before the request"


def test_a_backend_that_is_gone_has_no_reading(connected: Callable[[], Django], postgres: PostgresServer) -> None:
    backends, connection = Backends(), connected()
    backends.attach(connection)
    backends.start()
    with postgres.connect() as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid])
    assert backends.read() is None
    backends.start()
    assert reading(backends) < REST_NS, "it has no part in the next request"


def test_without_a_backend_there_is_no_reading(connected: Callable[[], Django]) -> None:
    backends = Backends()
    backends.start()
    assert backends.read() is None, "unknown, not 0"
    backends.attach(Django(object()))  # SQLite's
    backends.attach(connected())
    assert backends.read() is None


def test_the_process_counts_where_other_threads_worked() -> None:
    assert app_cpu_ns(1_000_000, 1_001_000) == 1_000_000, "the readings are not taken at the same moment"
    assert app_cpu_ns(1_000_000, 6_000_000) == 6_000_000


def test_the_process_clock_sees_threads_that_have_ended() -> None:
    spent: list[int] = []

    def work() -> None:
        sum(range(1_000_000))
        spent.append(thread_clock())

    whole = process_clock()
    own = thread_clock()
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    own = thread_clock() - own
    whole = process_clock() - whole
    assert spent[0] > 0
    assert whole >= spent[0] + own, "the process counts both threads, and the calling thread only its own time"


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
