"""`python -m perflab.experiment.load.master WORKERS HOST PORT`: Locust's master, which the experiment talks to by pickles.

It reads a schedule from its standard input, writes the results to its standard output, and ends when its input closes. Workers
are started by the experiment, or by a person on another machine.
"""

from __future__ import annotations

import os
import pickle
import struct
import sys
from select import select
from typing import Any

import gevent
from gevent.fileobject import FileObjectPosix
from locust.env import Environment

from perflab.experiment.load.schedule import LISTENING, RESULTS, SCHEDULE, Request, as_message

# From a schedule's message to its first request: all workers have to have it.
HEAD_START_S = 0.1
SIZE = struct.Struct("<Q")
# How often it looks whether the experiment is still there, while it waits for results.
LOOK_EVERY_S = 0.5


def shares(requests: list[Request], workers: int) -> list[list[Request]]:
    """Cut a schedule among workers by people, so that each person's connections are one worker's.

    Args:
        requests: The schedule.
        workers: The number of workers.
    """
    people = {person: n % workers for n, person in enumerate(dict.fromkeys(r.person for r in requests))}
    return [[r for r in requests if people[r.person] == n] for n in range(workers)]


def end_with_the_experiment() -> None:
    """End this process if the pipe from the experiment is closed. Until it has an answer, nothing else comes through it."""
    if select([0], [], [], 0)[0]:
        os._exit(0)


class Master:
    """Gathers results from the workers.

    Args:
        host: The address that workers connect to.
        port: The port.
    """

    def __init__(self, host: str, port: int) -> None:
        self.runner = Environment(user_classes=[]).create_master_runner(host, port)
        self.runner.register_message(LISTENING, self._add)
        self.runner.register_message(RESULTS, self._gather)
        self._listening: set[str] = set()
        self._waiting = 0
        self._results: list[tuple[Any, ...]] = []
        self._done = gevent.event.Event()

    def wait_for(self, workers: int) -> None:
        """Wait until so many workers are there."""
        while len(self._workers()) < workers:
            end_with_the_experiment()
            gevent.sleep(0.02)

    def _add(self, environment: Any, msg: Any, **_: Any) -> None:
        self._listening.add(msg.node_id)

    def _workers(self) -> list[str]:
        """The workers that are connected and listen: Locust drops a message that its receiver has no listener for yet."""
        return sorted(self._listening.intersection(self.runner.clients))

    def _gather(self, environment: Any, msg: Any, **_: Any) -> None:
        self._results += [tuple(result) for result in msg.data]
        self._waiting -= 1
        if not self._waiting:
            self._done.set()

    def send(self, url: str, timeout_s: float, requests: list[Request]) -> list[tuple[Any, ...]]:
        """Let the workers send a schedule; return what became of each request.

        Args:
            url: Where the requests go.
            timeout_s: When a request is given up.
            requests: The schedule.
        """
        clients = self._workers()
        self._results, self._waiting = [], len(clients)
        self._done.clear()
        for client, part in zip(clients, shares(requests, len(clients)), strict=True):
            self.runner.send_message(SCHEDULE, as_message(url, timeout_s, HEAD_START_S, part), client)
        while not self._done.wait(LOOK_EVERY_S):
            end_with_the_experiment()
        return self._results


def main(workers: int, host: str, port: int) -> None:
    """Serve the experiment until it closes the pipe.

    Args:
        workers: How many workers to wait for.
        host: The address that they connect to.
        port: The port.
    """
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints goes to the log
    reader = FileObjectPosix(0, "rb")
    master = Master(host, port)
    master.wait_for(workers)
    _write(answers, "ready")
    while (head := reader.read(SIZE.size)) and len(head) == SIZE.size:
        url, timeout_s, requests = pickle.loads(reader.read(SIZE.unpack(head)[0]))
        _write(answers, master.send(url, timeout_s, [Request(*request) for request in requests]))
    os._exit(0)


def _write(file: Any, value: Any) -> None:
    content = pickle.dumps(value)
    file.write(SIZE.pack(len(content)) + content)
    file.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
