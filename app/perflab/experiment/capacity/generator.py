"""The experiment's side of the load generator: start Locust's master and workers, send schedules, stop them."""

from __future__ import annotations

import math
import pickle
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from select import select
from time import monotonic
from typing import IO, Any

import psutil

from perflab.errors import PerflabError
from perflab.experiment.load.schedule import Request, Result
from perflab.scenario.subject.interpreter import surroundings
from perflab.servers.supervision import pinning

HOST = "127.0.0.1"
LOCUSTFILE = Path(__file__).parents[1] / "load" / "locustfile.py"
START_TIMEOUT_S = 60.0
POLL_S = 0.2
SIZE = struct.Struct("<Q")


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody uses at present."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def worker_command(host: str, port: int) -> list[str]:
    """Return the command of one of Locust's workers, which may also run on another machine that has perflab.

    Args:
        host: The master's address.
        port: The master's port.
    """
    return [
        sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--worker", "--master-host", host, "--master-port", str(port),
        "--skip-log-setup",
    ]  # fmt: skip


@dataclass
class Generator:
    """Control the processes of the load generator.

    Attributes:
        master: Locust's master.
        workers: Its workers.
    """

    master: subprocess.Popen[bytes]
    workers: Sequence[subprocess.Popen[bytes]]

    @classmethod
    @contextmanager
    def started(cls, log: Path, cores: Sequence[int], number: int = 1) -> Iterator[Generator]:
        """Start the processes on these cores, and end them at the end.

        Args:
            log: File for their output.
            cores: The cores that they may use.
            number: Number of workers.

        Raises:
            PerflabError: They are not ready in time.
        """
        port = free_port()
        with log.open("ab") as output:
            options: dict[str, Any] = {"stderr": output, "start_new_session": True, "env": surroundings(None)}
            command = [sys.executable, "-m", "perflab.experiment.load.master", str(number), HOST, str(port)]
            processes = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)]
            try:
                pinning.pin(processes[0].pid, cores)
                for _ in range(number):
                    worker = subprocess.Popen(
                        worker_command(HOST, port), stdin=subprocess.DEVNULL, stdout=output, **options
                    )
                    processes.append(worker)
                    pinning.pin(worker.pid, cores)
                generator = cls(processes[0], processes[1:])
                generator._wait_ready(log)
                yield generator
            finally:
                for process in processes:
                    process.kill()
                for process in processes:
                    process.wait()
                with suppress(OSError):  # what was to be sent to a master that has ended
                    _pipe(processes[0].stdin).close()
                _pipe(processes[0].stdout).close()

    def _wait_ready(self, log: Path) -> None:
        if not self._answers(monotonic() + START_TIMEOUT_S):
            raise PerflabError("the load generator did not start", hint=f"see {log.name} in the run's folder")
        self._receive()

    def _answers(self, deadline: float = math.inf) -> bool:
        """Wait for an answer; return whether there is one: not once a process has ended, or after the deadline."""
        while not select([_pipe(self.master.stdout)], [], [], POLL_S)[0]:
            ended = any(process.poll() is not None for process in (self.master, *self.workers))
            if ended or monotonic() > deadline:
                return False
        return True

    def send(self, url: str, timeout_s: float, requests: Sequence[Request]) -> list[Result]:
        """Send a schedule, and wait until every response is there; return what became of each request, by its number.

        Args:
            url: Where the requests go.
            timeout_s: When a request is given up.
            requests: The schedule, in the order of time.

        Raises:
            PerflabError: The generator has ended.
        """
        content = pickle.dumps((url, timeout_s, [tuple(request) for request in requests]))
        try:
            stdin = _pipe(self.master.stdin)
            stdin.write(SIZE.pack(len(content)) + content)
            stdin.flush()
        except OSError:
            raise PerflabError("the load generator has ended") from None
        results = [Result(*result) for result in self._receive()]
        return sorted(results, key=lambda result: result.number)

    def cpu_s(self) -> float:
        """Return the CPU time of the workers so far: what sending costs."""
        return sum(sum(psutil.Process(worker.pid).cpu_times()[:2]) for worker in self.workers)

    def _receive(self) -> Any:
        stdout = _pipe(self.master.stdout)
        head = stdout.read(SIZE.size) if self._answers() else b""
        if len(head) < SIZE.size:
            raise PerflabError("the load generator has ended", hint="see load-generator.log in the run's folder")
        return pickle.loads(stdout.read(SIZE.unpack(head)[0]))


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
