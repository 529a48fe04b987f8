"""The experiment's side of a fork server: start it, have it fork workers, and learn how they ended."""

from __future__ import annotations

import os
import pickle
import select
import signal
import socket
import subprocess
from collections.abc import Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from time import monotonic

from perflab.scenario.subject.interpreter import command, surroundings
from perflab.worker.protocol import WorkerConfig

MODULE = "perflab.worker.forking.server"
# What differs between cells without an effect on what has been loaded.
OF_ONE_WORKER = frozenset({"TMPDIR"})


def shared(config: WorkerConfig) -> Hashable:
    """Return what workers must have in common to be forked from one process; None for a worker without a project.

    Args:
        config: What the worker runs.
    """
    if config.settings_module is None:
        return None
    environment = {name: value for name, value in config.environment.items() if name not in OF_ONE_WORKER}
    return config.python, tuple(config.path), config.directory, frozenset(environment.items()), _engine(config)


def _engine(config: WorkerConfig) -> str:
    databases = config.settings.get("DATABASES") or {}
    return str((databases.get("default") or {}).get("ENGINE", ""))


@dataclass
class ForkServer:
    """A process that has loaded what workers need, and forks them.

    Attributes:
        process: The process.
        requests: The experiment's end of the socket pair.
        environment: What was added to its environment.
    """

    process: subprocess.Popen[bytes]
    requests: socket.socket
    environment: Mapping[str, str]

    @classmethod
    def start(cls, config: WorkerConfig, log: Path, hash_seed: int) -> ForkServer:
        """Start the process; returns at once. Loading takes 0.5 s of CPU, and requests may be made before it is done.

        Args:
            config: That of one of its workers: the interpreter, the environment and the database's backend.
            log: File for the output of the process.
            hash_seed: The PYTHONHASHSEED of the process and all its workers.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, log.open("ab") as output:
            environment = {name: value for name, value in config.environment.items() if name not in OF_ONE_WORKER}
            process = subprocess.Popen(
                command(config.python, MODULE, str(theirs.fileno()), _engine(config)),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**surroundings(config.python, config.path), **environment, "PYTHONHASHSEED": str(hash_seed)},
                cwd=config.directory,
                start_new_session=True,  # Ctrl-C is the experiment's to handle
            )
        return cls(process, ours, environment)

    def fork(self, descriptors: Sequence[int], environment: Mapping[str, str]) -> ForkedProcess:
        """Fork a worker; returns at once.

        Args:
            descriptors: The three of its command line, and its output.
            environment: Environment variables; the server is sent those that it does not have.
        """
        status, servers_end = os.pipe()
        own = {name: value for name, value in environment.items() if self.environment.get(name) != value}
        with suppress(OSError):  # the server is gone, which its workers' processes tell
            socket.send_fds(self.requests, [pickle.dumps(own)], [*descriptors, servers_end])
        os.close(servers_end)
        return ForkedProcess(self, status)

    def close(self) -> None:
        """Fork no more: the process ends after the last of its workers."""
        self.requests.close()

    def stop(self, timeout_s: float) -> None:
        """Wait until the process has ended, its workers before it; kill it after `timeout_s`."""
        self.close()
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass
class ForkedProcess:
    """A worker's process that a fork server started: what is used of a `subprocess.Popen`.

    Attributes:
        server: The process that forked it.
        status: The read end of the pipe on which the server writes its process id, and later its exit code.
        returncode: Its exit code, the signal's number below zero; None while it runs.
    """

    server: ForkServer
    status: int
    returncode: int | None = None
    _lines: list[int] = field(default_factory=list)
    _rest: bytes = b""

    @property
    def pid(self) -> int:
        """Return its process id; waits until it is forked.

        Raises:
            ProcessLookupError: The server ended before.
        """
        while not self._lines and self.returncode is None:
            self._read(None)
        if not self._lines:
            raise ProcessLookupError("the fork server ended before it forked this worker")
        return self._lines[0]

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, and return its exit code. Its server forks no more from then on, because it waits too.

        Raises:
            subprocess.TimeoutExpired: It is still running after `timeout` seconds.
        """
        self.server.close()
        end = inf if timeout is None else monotonic() + timeout
        while True:
            self._read(None if timeout is None else max(0.0, end - monotonic()))
            if self.returncode is not None:
                return self.returncode
            if monotonic() >= end:
                raise subprocess.TimeoutExpired(MODULE, timeout or 0.0)

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended; a server that has not forked it yet gets the signal instead."""
        self._read(0)
        if self.returncode is not None:
            return
        if not self._lines:
            self.server.process.send_signal(number)
            return
        with suppress(ProcessLookupError):  # it has just ended
            os.kill(self._lines[0], number)

    def kill(self) -> None:
        """Kill it, unless it has ended."""
        self.send_signal(signal.SIGKILL)

    def _read(self, timeout_s: float | None) -> None:
        """Read what the server tells within this time."""
        poll = select.poll()
        poll.register(self.status, select.POLLIN)
        if self.returncode is not None or not poll.poll(None if timeout_s is None else timeout_s * 1000):
            return
        read = os.read(self.status, 100)
        *lines, self._rest = (self._rest + read).split(b"\n")
        self._lines += map(int, lines)
        if len(self._lines) == 2:
            self._ended(self._lines[1])
        elif not read:
            self._orphaned()

    def _orphaned(self) -> None:
        """Kill it: the server is gone, so that nobody would say how it ends."""
        if self._lines:
            with suppress(ProcessLookupError):  # it ended with the server
                os.kill(self._lines[0], signal.SIGKILL)
        self._ended(self.server.process.wait())

    def _ended(self, code: int) -> None:
        self.returncode = code
        os.close(self.status)
