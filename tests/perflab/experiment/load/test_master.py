"""How a schedule is cut among workers; what becomes of it with real ones: capacity/test_generator.py."""

from __future__ import annotations

import json
import os
import pickle
import socket
import struct
import subprocess
import sys
from itertools import pairwise
from typing import Any

import pytest

from tests.perflab.experiment.load.loading import PROJECT, run


@pytest.fixture(scope="module")
def cut() -> Any:
    """The numbers of the requests that each worker gets, by the number of workers; five people take turns."""
    code = """
import json
from perflab.experiment.load.master import shares
from perflab.experiment.load.schedule import Request
requests = [Request(n, n / 10, f"person {n % 5}", "GET", "/", {}, None) for n in range(50)]
print(json.dumps({n: [[r.number for r in part] for part in shares(requests, n)] for n in (1, 2, 3, 8)}))
"""
    return json.loads(run(code))


@pytest.mark.parametrize("workers", ["1", "2", "3", "8"])
def test_every_request_is_one_workers_in_the_order_of_time(cut: Any, workers: str) -> None:
    parts = cut[workers]
    assert len(parts) == int(workers)
    assert sorted(number for part in parts for number in part) == list(range(50))
    assert all(first < second for part in parts for first, second in pairwise(part))


@pytest.mark.parametrize("workers", ["2", "3", "8"])
def test_one_persons_requests_are_one_workers(cut: Any, workers: str) -> None:
    people = [{number % 5 for number in part} for part in cut[workers]]
    assert sum(map(len, people)) == 5


def test_people_are_shared_evenly(cut: Any) -> None:
    assert sorted(len(part) for part in cut["2"]) == [20, 30]
    assert [len(part) for part in cut["8"]] == [10] * 5 + [0] * 3, "a worker without people has nothing to do"


@pytest.mark.parametrize("begun", [False, True])
def test_it_ends_with_the_experiment_although_a_worker_is_missing(begun: bool) -> None:
    """Before a worker has come, and while the results of one are awaited that has sent none."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "perflab.experiment.load.master", "1", "127.0.0.1", str(port)]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "app")}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as master:
        assert master.stdin is not None and master.stdout is not None
        try:
            if begun:
                with subprocess.Popen([sys.executable, "-c", SILENT, str(port)], env=environment) as worker:
                    assert len(master.stdout.read(8)) == 8, "it is ready"
                    content = pickle.dumps(("http://127.0.0.1:1", 1.0, []))
                    master.stdin.write(struct.pack("<Q", len(content)) + content)
                    master.stdin.flush()
                    worker.wait(120)
            master.stdin.close()
            assert master.wait(120) == 0
        finally:
            master.kill()


# Connects to the master, listens only a while later, and ends without a result. Locust drops what nobody listens for.
SILENT = """
import sys
from locust.env import Environment
from perflab.experiment.load.schedule import LISTENING, SCHEDULE
import gevent, os
runner = Environment(user_classes=[]).create_worker_runner("127.0.0.1", int(sys.argv[1]))
gevent.sleep(0.3)
runner.register_message(SCHEDULE, lambda **_: os._exit(0))
runner.send_message(LISTENING)
gevent.sleep(120)
"""
