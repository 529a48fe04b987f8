"""The load generator as the experiment has it: real processes of Locust, against a server of the test's."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from perflab.errors import PerflabError
from perflab.experiment.capacity import generator as generating
from perflab.experiment.capacity.generator import Generator, free_port, worker_command
from perflab.experiment.load.schedule import Request
from tests.perflab.experiment.load.loading import Seen, Site, get, site

CORES = sorted(os.sched_getaffinity(0))


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generator]:
    """Two workers, for all tests of this module."""
    with Generator.started(tmp_path_factory.mktemp("generator") / "generator.log", CORES, 2) as generator:
        yield generator


@pytest.fixture
def running() -> Iterator[Site]:
    with site() as running:
        yield running


def test_requests_are_sent_at_their_times_although_earlier_ones_are_not_answered(
    generator: Generator, running: Site
) -> None:
    """The first three are answered only once all others have arrived: a generator that waited would never send them."""
    requests = [get(n, "/wait", 0.01 * n) for n in range(3)] + [get(n, "/", 0.05 * n) for n in range(3, 9)]
    running.go_after = 6
    results = generator.send(running.url, 10.0, requests)
    assert [result.number for result in results] == list(range(9))
    assert [result.status for result in results] == [200] * 9
    for result, request in zip(results, requests, strict=True):
        assert result.sent_s >= request.at_s, "never too early"
        assert result.first_byte_s is not None and result.sent_s <= result.first_byte_s <= result.last_byte_s
    assert min(result.last_byte_s for result in results[:3]) >= max(result.sent_s for result in results[3:])
    arrived = [seen.at_s for seen in running.seen if seen.path == "/"]
    assert arrived == sorted(arrived)
    assert arrived[-1] - arrived[0] >= 0.2, "as far apart as they were to be"


def test_results_come_in_the_order_of_numbers_with_status_and_length(generator: Generator, running: Site) -> None:
    paths = {7: "/bytes/0", 2: "/status/500", 5: "/bytes/100000", 1: "/status/404", 9: "/status/302"}
    requests = [get(number, path, person=str(number)) for number, path in paths.items()]
    results = generator.send(running.url, 10.0, requests)
    assert [(result.number, result.status, result.response_bytes, result.error) for result in results] == [
        (1, 404, 2, None), (2, 500, 2, None), (5, 200, 100_000, None), (7, 200, 0, None), (9, 302, 2, None),
    ]  # fmt: skip


def test_people_are_shared_by_two_workers_and_everybody_has_connections_of_his_own(
    generator: Generator, running: Site
) -> None:
    senders: list[tuple[str, int]] = []

    def look(seen: Seen) -> None:
        for worker in generator.workers:
            connections = psutil.Process(worker.pid).net_connections("tcp4")
            if any(connection.laddr.port == seen.connection for connection in connections):
                senders.append((seen.path, worker.pid))

    running.on_request = look
    requests = [get(n, f"/{n % 4}", 0.01 * n, person=str(n % 4)) for n in range(40)]
    results = generator.send(running.url, 10.0, requests)
    assert [result.number for result in results] == list(range(40))
    assert len(senders) == 40
    by_person = [{pid for path, pid in senders if path == f"/{person}"} for person in range(4)]
    assert [len(pids) for pids in by_person] == [1] * 4
    assert set().union(*by_person) == {worker.pid for worker in generator.workers}
    ports = [{seen.connection for seen in running.seen if seen.path == f"/{person}"} for person in range(4)]
    assert sum(map(len, ports)) == len(set().union(*ports))


def test_bodies_and_headers_of_all_kinds_arrive(generator: Generator, running: Site) -> None:
    body = bytes(range(256))
    requests = [Request(0, 0.0, "1", "POST", "/add", {"Host": "shop.example", "X-Name": "3"}, body)]
    (result,) = generator.send(running.url, 10.0, requests)
    assert result.status == 200
    (seen,) = running.seen
    assert (seen.method, seen.path, seen.body) == ("POST", "/add", body)
    assert seen.headers.items() >= {"Host": "shop.example", "X-Name": "3"}.items()


def test_a_refused_connection_is_an_error_without_a_status(generator: Generator) -> None:
    (result,) = generator.send(f"http://127.0.0.1:{free_port()}", 10.0, [get(4)])
    assert (result.number, result.status, result.response_bytes, result.first_byte_s) == (4, None, None, None)
    assert result.error == "ConnectionRefusedError"
    assert result.last_byte_s >= result.sent_s


def test_a_response_that_does_not_come_in_time_is_an_error_and_others_are_not(
    generator: Generator, running: Site
) -> None:
    late, fine = generator.send(running.url, 0.3, [get(0, "/wait"), get(1)])
    assert (late.status, late.response_bytes, fine.status) == (None, None, 200)
    assert late.error is not None and "imeout" in late.error
    assert late.last_byte_s - late.sent_s >= 0.3


def test_a_connection_that_ends_without_a_response_is_an_error(generator: Generator, running: Site) -> None:
    cut, fine = generator.send(running.url, 10.0, [get(0, "/cut", person="1"), get(1, person="2")])
    assert (cut.status, fine.status) == (None, 200)
    assert cut.error


def test_a_schedule_without_requests_has_no_results(generator: Generator, running: Site) -> None:
    assert generator.send(running.url, 10.0, []) == []


def test_what_sending_costs_is_the_cpu_time_of_the_workers(generator: Generator, running: Site) -> None:
    before = generator.cpu_s()
    while generator.cpu_s() < before + 0.02:  # the clock ticks in hundredths
        generator.send(running.url, 10.0, [get(n, person=str(n % 4)) for n in range(40)])
    assert generator.cpu_s() <= sum(sum(psutil.Process(worker.pid).cpu_times()[:2]) for worker in generator.workers)


def test_it_runs_on_its_cores_and_leaves_no_process(tmp_path: Path) -> None:
    with Generator.started(tmp_path / "generator.log", CORES[:1]) as own:
        pids = [process.pid for process in (own.master, *own.workers)]
        assert [psutil.Process(pid).cpu_affinity() for pid in pids] == [CORES[:1]] * 2
        descendants = [child for pid in pids for child in psutil.Process(pid).children(recursive=True)]
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert descendants == []
    pipes = (own.master.stdin, own.master.stdout)
    assert all(pipe is not None and pipe.closed for pipe in pipes)


@pytest.mark.parametrize("which", ["master", "worker"])
def test_a_generator_that_has_ended_is_an_error(tmp_path: Path, running: Site, which: str) -> None:
    """Also where only the worker is gone, and the master waits for its results."""
    with Generator.started(tmp_path / "generator.log", CORES) as own:
        process = own.master if which == "master" else own.workers[0]
        process.send_signal(signal.SIGKILL)
        process.wait()
        for _ in range(2):
            with pytest.raises(PerflabError, match="the load generator has ended"):
                own.send(running.url, 10.0, [get(0)])


def test_a_worker_that_cannot_start_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generating, "worker_command", lambda host, port: ["false"])
    with (
        pytest.raises(PerflabError, match=r"^the load generator did not start; see generator\.log"),
        Generator.started(tmp_path / "generator.log", CORES),
    ):
        raise AssertionError("unreachable")


def test_a_free_port_is_nobodys() -> None:
    with socket.socket() as probe:
        probe.bind((generating.HOST, free_port()))


def test_a_worker_on_another_machine_is_told_where_the_master_is() -> None:
    command = worker_command("10.0.0.7", 5557)
    assert command[command.index("--master-host") + 1] == "10.0.0.7"
    assert command[command.index("--master-port") + 1] == "5557"
    assert Path(command[command.index("-f") + 1]).is_file()
