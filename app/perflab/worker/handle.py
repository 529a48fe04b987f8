"""The experiment's side of a worker: start it, have it execute a block, notice that it died or hangs, stop it."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic
from typing import Any, cast

from perflab.errors import WorkerDied
from perflab.run.response import Document
from perflab.worker.protocol import (
    NOWHERE,
    Done,
    Failed,
    Job,
    Mask,
    Order,
    Place,
    Profile,
    Profiled,
    Ready,
    Show,
)

START_TIMEOUT_S = 60.0
REQUEST_TIMEOUT_S = 30.0

# How often a waiting experiment looks where its worker is: rarely, for it shares the caches of the same processor.
LOOK_EVERY_S = 0.5


@dataclass
class WorkerHandle:
    """A running worker process. Use `start`, then `wait_ready`, then `block` as often as you like, then `stop`."""

    job: Job
    process: subprocess.Popen[bytes]
    connection: Connection[Any, Any]
    place: Place
    parent_end: int
    log: Path
    clock: Callable[[], float] = monotonic

    @classmethod
    def start(cls, job: Job, log: Path, hash_seed: int | None = None) -> WorkerHandle:
        """Start the process (exec, never fork) and give it its job. Returns at once; see `wait_ready`."""
        ours, theirs = socket.socketpair()
        parent_read, parent_end = os.pipe()
        seed = random.SystemRandom().randrange(2**32) if hash_seed is None else hash_seed
        with tempfile.TemporaryFile() as shared, log.open("ab") as output:
            shared.truncate(Place.SIZE)
            place = Place(shared.fileno())
            fds = (theirs.fileno(), shared.fileno(), parent_read)
            process = subprocess.Popen(
                [sys.executable, "-m", "perflab.worker", *map(str, fds)],
                pass_fds=fds,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={
                    **os.environ,
                    **job.environment,
                    "PYTHONHASHSEED": str(seed),
                    "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                },
                start_new_session=True,  # Ctrl-C is the experiment's to handle
            )
        theirs.close()
        os.close(parent_read)
        connection: Connection[Any, Any] = Connection(ours.detach())
        handle = cls(job, process, connection, place, parent_end, log)
        handle._send(job)
        return handle

    @property
    def pid(self) -> int:
        return self.process.pid

    def wait_ready(self, timeout_s: float = START_TIMEOUT_S) -> float:
        """Seconds that the worker needed to set up. Raises WorkerDied."""
        if not self.connection.poll(timeout_s):
            raise self._dead(f"was not ready after {timeout_s:.0f} s")
        return cast(Ready, self._receive()).seconds

    def block(self, orders: Sequence[Order], timeout_s: float = REQUEST_TIMEOUT_S) -> Done:
        """Execute Steps; raises WorkerDied when one of them takes longer than `timeout_s`, or the process ends."""
        self.begin(orders)
        return self.done(orders, timeout_s)

    def begin(self, orders: Sequence[Order]) -> None:
        """Have it execute Steps without waiting for it: `done` must be asked for next."""
        self._send(list(orders))

    def done(self, orders: Sequence[Order], timeout_s: float = REQUEST_TIMEOUT_S) -> Done:
        """What came of the Steps that it was told to begin; raises as `block`."""
        return cast(Done, self._answer(orders, timeout_s))

    def profile(self, orders: Sequence[Order], interval_s: float, timeout_s: float = REQUEST_TIMEOUT_S) -> Profiled:
        """Execute Steps under the sampling profiler; raises as `block`."""
        self._send(Profile(list(orders), interval_s))
        return cast(Profiled, self._answer(orders, timeout_s))

    def _answer(self, orders: Sequence[Order], timeout_s: float) -> object:
        at, since = self.place.get(), self.clock()
        while not self.connection.poll(LOOK_EVERY_S):
            step = self.place.get()
            if step != at:
                at, since = step, self.clock()
            elif self.clock() - since > timeout_s:
                raise self._dead(f"did not answer within {timeout_s:g} s", orders)
        return self._receive(orders)

    def show(self, steps: Sequence[int]) -> list[Document | None]:
        """The answers of Steps of the last block, None for one that raised. Raises WorkerDied."""
        self._send(Show(list(steps)))
        if not self.connection.poll(START_TIMEOUT_S):
            raise self._dead(f"did not show its answers within {START_TIMEOUT_S:.0f} s")
        return cast("list[Document | None]", self._receive())

    def mask(self, endpoint: str, masks: Iterable[str]) -> None:
        """These places of the endpoint's answers do not count in digests from now on, and no others."""
        self._send(Mask(endpoint, frozenset(masks)))

    def _send(self, message: object) -> None:
        try:
            self.connection.send(message)
        except OSError as error:
            raise self._dead("is gone") from error

    def _receive(self, orders: Sequence[Order] = ()) -> object:
        try:
            message = self.connection.recv()
        except (EOFError, OSError) as error:
            raise self._dead("died", orders) from error
        if isinstance(message, Failed):
            with self.log.open("a", encoding="utf-8") as log:
                log.write(message.traceback)
            raise self._dead(f"failed: {message.message}", orders)
        return message

    def _dead(self, what: str, orders: Sequence[Order] = ()) -> WorkerDied:
        """Stop the process and say what is known: the cell, the request it was at, how it ended."""
        step = self.place.get()
        self.stop(timeout_s=0)
        code = self.process.returncode
        ended = f" (signal {-code})" if code is not None and code < 0 and "answer" not in what else ""
        order = next((o for o in orders if o.step == step), None)
        request, endpoint = "", ""
        if order is not None and step != NOWHERE:
            request = f", {order.method} {order.path}"
            endpoint = f"endpoint {order.endpoint}, " if order.endpoint else ""
        return WorkerDied(
            f"the worker {what}{ended}",
            where=f"{endpoint}cell {self.job.cell}{request}",
            hint=f"see {self.log.name} in the run's folder",
        )

    def dismiss(self) -> None:
        """Tell the process to end, without waiting for it."""
        if not self.connection.closed:
            try:
                self.connection.send(None)
            except OSError:
                pass  # it is gone already
            self.connection.close()
            os.close(self.parent_end)

    def stop(self, timeout_s: float = 5.0) -> None:
        """End the process; kill it when it does not end by itself. Can be called twice."""
        self.dismiss()
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
