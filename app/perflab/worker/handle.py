"""The experiment's side of a worker: start it, execute blocks, detect that it died or hangs, stop it."""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic
from typing import Any, cast

from perflab.errors import WorkerDied
from perflab.run.response import Document, Mask
from perflab.scenario.subject.sending import portable
from perflab.worker.forking.client import ForkedProcess, ForkServer
from perflab.worker.forking.executed import executed
from perflab.worker.guards.contacts import Contact
from perflab.worker.probes.cache.memory import MemoryEntries
from perflab.worker.protocol import (
    NO_STEP,
    Done,
    ExecuteBlock,
    Failed,
    ForgetLogins,
    HoldBlock,
    IgnoreFields,
    LogIn,
    ProfileBlock,
    Profiled,
    ProgressCell,
    Ready,
    RestoreCaches,
    SendContacts,
    SendHeaders,
    SendMemory,
    SendResponses,
    WarmedUp,
    WarmUp,
    WorkerConfig,
)
from perflab.workload.steps import Step

START_TIMEOUT_S = 60.0
REQUEST_TIMEOUT_S = 30.0

# How often a waiting experiment polls the progress of its worker: rarely, because both share a processor's caches.
POLL_INTERVAL_S = 0.5


@dataclass
class WorkerHandle:
    """Control a worker process: `start`, then `wait_ready`, then `block` any number of times, then `stop`."""

    config: WorkerConfig
    process: subprocess.Popen[bytes] | ForkedProcess
    connection: Connection[Any, Any]
    progress: ProgressCell
    parent_end: int
    log: Path
    clock: Callable[[], float] = monotonic
    _step: int = NO_STEP  # what the worker was executing when it was last looked at
    _since_s: float = 0.0  # when that was new

    @classmethod
    def start(
        cls, config: WorkerConfig, log: Path, hash_seed: int | None = None, server: ForkServer | None = None
    ) -> WorkerHandle:
        """Start the process and send its configuration. Returns at once; see `wait_ready`.

        Args:
            config: What the worker runs.
            log: File for the output of the process.
            hash_seed: The process's PYTHONHASHSEED; random by default. A fork has its server's.
            server: What forks the process; None starts an interpreter of its own.
        """
        ours, theirs = socket.socketpair()
        parent_read, parent_end = os.pipe()
        with tempfile.TemporaryFile() as shared, log.open("ab") as output:
            shared.truncate(ProgressCell.SIZE)
            progress = ProgressCell(shared.fileno())
            fds = (theirs.fileno(), shared.fileno(), parent_read)
            process: subprocess.Popen[bytes] | ForkedProcess
            if server is None:
                process = executed(config, fds, output, hash_seed)
            else:
                process = server.fork((*fds, output.fileno()), config.environment)
        theirs.close()
        os.close(parent_read)
        connection: Connection[Any, Any] = Connection(ours.detach())
        handle = cls(config, process, connection, progress, parent_end, log)
        handle._send_bytes(portable(config))
        return handle

    @property
    def pid(self) -> int:
        """Return the process's id."""
        return self.process.pid

    def wait_ready(self, timeout_s: float = START_TIMEOUT_S) -> float:
        """Wait until the worker is set up; return the seconds that it needed. Raises WorkerDied."""
        if not self.connection.poll(timeout_s):
            raise self._dead(f"was not ready after {timeout_s:.0f} s")
        return cast(Ready, self._receive()).seconds

    def block(self, steps: Sequence[Step], timeout_s: float = REQUEST_TIMEOUT_S) -> Done:
        """Execute Steps; raises WorkerDied when one of them takes longer than `timeout_s`, or the process ends."""
        self.begin(steps)
        return self.done(steps, timeout_s)

    def begin(self, steps: Sequence[Step], not_before_s: float | None = None) -> None:
        """Start to execute Steps without waiting for the result: call `done` next.

        Args:
            steps: The Steps.
            not_before_s: When to start the first one, on the monotonic clock; None is at once.
        """
        self._begin(ExecuteBlock(list(steps), not_before_s))

    def hold(self, steps: Sequence[Step], pause_s: float, not_before_s: float | None = None) -> None:
        """Start to execute Steps whose queries are held up, without waiting for the result: call `done` next.

        Args:
            steps: The Steps.
            pause_s: How long each query waits before it is sent.
            not_before_s: When to start the first Step, on the monotonic clock; None is at once.
        """
        self._begin(HoldBlock(list(steps), pause_s, not_before_s))

    def done(self, steps: Sequence[Step], timeout_s: float = REQUEST_TIMEOUT_S) -> Done:
        """Wait for the result of the Steps that `begin` or `hold` sent; raises as `block`."""
        return cast(Done, self._reply(steps, timeout_s))

    def profile(self, steps: Sequence[Step], interval_s: float, timeout_s: float = REQUEST_TIMEOUT_S) -> Profiled:
        """Execute Steps under the sampling profiler; raises as `block`.

        Args:
            steps: The Steps.
            interval_s: Time between two samples.
            timeout_s: The longest that one request may take.
        """
        self._begin(ProfileBlock(list(steps), interval_s))
        return cast(Profiled, self._reply(steps, timeout_s))

    def has_replied(self, steps: Sequence[Step], timeout_s: float, wait_s: float = POLL_INTERVAL_S) -> bool:
        """Wait for the result of the Steps that `begin` or `hold` sent, and return whether it is there; raises as `block`.

        Args:
            steps: The Steps.
            timeout_s: The longest that one request may take.
            wait_s: How long to wait.
        """
        if self.connection.poll(wait_s):
            return True
        if (step := self.progress.get()) != self._step:
            self._step, self._since_s = step, self.clock()
        elif self.clock() - self._since_s > timeout_s:
            raise self._dead(f"did not respond within {timeout_s:g} s", steps)
        return False

    def _begin(self, message: object) -> None:
        self._send(message)
        self._step, self._since_s = self.progress.get(), self.clock()

    def _reply(self, steps: Sequence[Step], timeout_s: float) -> object:
        while not self.has_replied(steps, timeout_s):
            pass
        return self._receive(steps)

    def responses(self, steps: Sequence[int]) -> list[Document | None]:
        """Return the responses to these Steps of the last block, None for one that raised. Raises WorkerDied."""
        return cast("list[Document | None]", self._answer(SendResponses(list(steps))))

    def contacts(self) -> list[tuple[Contact, int]]:
        """Return what the project did beyond its cell since the last time, with counts. Raises WorkerDied."""
        return cast("list[tuple[Contact, int]]", self._answer(SendContacts()))

    def ignore(self, endpoint: str, masks: Iterable[Mask]) -> None:
        """Leave exactly these places of the endpoint's responses out of digests from now on."""
        self._send(IgnoreFields(endpoint, tuple(masks)))

    def log_in(self, steps: Sequence[Step]) -> None:
        """Log the callers of these Steps in, without making the requests and without waiting."""
        self._send(LogIn(list(steps)))

    def headers(self, steps: Sequence[Step]) -> list[dict[str, str]]:
        """Return the headers that the requests of these Steps have, logins included. Raises WorkerDied."""
        return cast("list[dict[str, str]]", self._answer(SendHeaders(list(steps))))

    def begin_warm_up(self, steps: Sequence[Step], whole: bool = False) -> None:
        """Start to execute those of these Steps that change something, without waiting for the result: call `warmed_up` next.

        Args:
            steps: The Steps.
            whole: Execute all of them.
        """
        self._begin(WarmUp(list(steps), whole))

    def warmed_up(self, steps: Sequence[Step], timeout_s: float = REQUEST_TIMEOUT_S) -> WarmedUp:
        """Wait for the result of the Steps that `begin_warm_up` sent; raises as `block`."""
        return cast(WarmedUp, self._reply(steps, timeout_s))

    def memory(self) -> Mapping[str, MemoryEntries]:
        """Return the entries of caches in the worker's memory. Raises WorkerDied."""
        return cast("Mapping[str, MemoryEntries]", self._answer(SendMemory()))

    def restore(self, memory: Mapping[str, MemoryEntries]) -> int:
        """Let the worker's caches in memory hold these entries, and learn when those on a server expire.

        Args:
            memory: The entries of each cache in memory, by its name.

        Returns:
            How many entries the server holds.
        """
        return cast(int, self._answer(RestoreCaches(memory)))

    def _answer(self, message: object) -> object:
        self._send(message)
        if not self.connection.poll(START_TIMEOUT_S):
            raise self._dead(f"did not respond within {START_TIMEOUT_S:.0f} s")
        return self._receive()

    def forget_logins(self) -> None:
        """Log every caller in again, after the caches have been emptied."""
        self._send(ForgetLogins())

    def _send(self, message: object) -> None:
        self._send_bytes(pickle.dumps(message))

    def _send_bytes(self, message: bytes) -> None:
        try:
            self.connection.send_bytes(message)
        except OSError as error:
            raise self._dead("is gone", by_itself=True) from error

    def _receive(self, steps: Sequence[Step] = ()) -> object:
        try:
            message = self.connection.recv()
        except (EOFError, OSError) as error:
            raise self._dead("died", steps, by_itself=True) from error
        if isinstance(message, Failed):
            with self.log.open("a", encoding="utf-8") as log:
                log.write(message.traceback)
            raise self._dead(f"failed: {message.message}", steps)
        return message

    def _dead(self, what: str, steps: Sequence[Step] = (), *, by_itself: bool = False) -> WorkerDied:
        """Stop the process and return the error: the cell, the request it was executing, the signal if it ended by itself."""
        number = self.progress.get()
        self.stop(timeout_s=0)
        code = self.process.returncode
        ended = f" (signal {-code})" if by_itself and code is not None and code < 0 else ""
        step = next((step for step in steps if step.step == number), None)
        request, endpoint = "", ""
        if step is not None and number != NO_STEP:
            request = f", {step.method} {step.path}"
            endpoint = f"endpoint {step.endpoint}, " if step.endpoint else ""
        return WorkerDied(
            f"the worker {what}{ended}",
            where=f"{endpoint}cell {self.config.cell}{request}",
            hint=f"see {self.log.name} in the run's folder",
        )

    def dismiss(self) -> None:
        """Ask the process to end, without waiting for it."""
        if self.connection.closed:
            return
        try:
            self.connection.send(None)
        except OSError:
            pass  # it is gone already
        self.connection.close()
        os.close(self.parent_end)

    def stop(self, timeout_s: float = 5.0) -> None:
        """End the process, and kill it after `timeout_s`. Can be called twice."""
        self.dismiss()
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
