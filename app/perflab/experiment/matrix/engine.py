"""Hands the points of a matrix to workers, and keeps the runs that come back.

A worker has one point at a time, and the next is handed out when one ends: a machine that comes later gets its share. Dask gives
the point of a lost worker to another one. Between two points, a worker waits for the time that it takes to notice the end of one.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from distributed import Client, Future, KilledWorker, wait

from perflab.errors import InputError, ServerError, StoreError, clean, one_line
from perflab.experiment.matrix import archive, attempt, cluster
from perflab.experiment.matrix.attempt import Outcome
from perflab.experiment.matrix.ledger import Ledger
from perflab.experiment.matrix.plan import Plan, Point

POLL_S = 1.0
# How often a run that was measured may get lost on its way: its worker ended before it was fetched.
MOST_FETCHES = 5


@dataclass(frozen=True)
class Progress:
    """How far a matrix is.

    Attributes:
        total: The number of its points.
        done: The points that are done, those of earlier commands included.
        failed: The points that failed.
        running: The points that are handed out.
        workers: The workers that are there.
        left_s: The time left, in seconds, by the mean of the points until now; None before the first.
    """

    total: int
    done: int = 0
    failed: int = 0
    running: int = 0
    workers: int = 0
    left_s: float | None = None


@dataclass
class Engine:
    """Runs what is not done yet of a matrix.

    Attributes:
        client: The connection to the cluster.
        plan: The matrix.
        ledger: What is done.
        show: Called about once a second with the progress.
    """

    client: Client
    plan: Plan
    ledger: Ledger
    show: Callable[[Progress], None]
    _running: dict[Future[Any], Point] = field(default_factory=dict)
    _handed_out: Counter[str] = field(default_factory=Counter)
    _durations: list[float] = field(default_factory=list)
    _began: dict[str, float] = field(default_factory=dict)

    def run(self, points: Sequence[Point]) -> Progress:
        """Run the points that are not done, and return how many are in the end.

        Args:
            points: All points of the matrix.

        Raises:
            InputError: A worker's machine has not the checkout that the matrix is about.
            ServerError: The scheduler has gone.
        """
        done = [point.id for point in points if self.ledger.is_done(point)]
        waiting = deque(point for point in points if point.id not in set(done))
        self._on_all_workers(attempt.discard, self.plan.project, self.plan.name, done)
        if waiting:
            self._on_all_workers(attempt.check_machine, self.plan)
        finished, failed = len(done), 0
        while waiting or self._running:
            offered = cluster.offers(self.client)
            self._hand_out(waiting, offered)
            labs = offered.get(cluster.LAB, 0)
            left_s = self._left_s(len(waiting), labs)
            self.show(Progress(len(points), finished, failed, len(self._running), labs, left_s))
            for future in self._ended():
                point = self._running.pop(future)
                self._began.pop(point.id)
                outcome = self._outcome_of(future, point)
                future.release()
                if outcome.reason is None and not self._fetch(point, outcome):
                    waiting.appendleft(point)
                elif outcome.reason is None:
                    finished += 1
                    self._durations.append(outcome.seconds)
                else:
                    failed += 1
                    self.ledger.fail(point, outcome.reason, outcome.machine or None)
        ended = Progress(len(points), finished, failed)
        self.show(ended)
        return ended

    def _on_all_workers(self, function: Callable[..., None], *arguments: object) -> None:
        with suppress(ValueError):  # there is none yet
            self.client.run(function, *arguments)

    def _hand_out(self, waiting: deque[Point], offered: dict[str, int]) -> None:
        """Give a point to each worker that has none; one to a machine without workers, so that Dask waits for one."""
        held: deque[Point] = deque()
        running = Counter(cluster.resource_of(point.machine) for point in self._running.values())
        while waiting:
            point = waiting.popleft()
            resource = cluster.resource_of(point.machine)
            if running[resource] >= max(1, offered.get(resource, 0)):
                held.append(point)
                continue
            running[resource] += 1
            self._handed_out[point.id] += 1
            self._began[point.id] = time.monotonic()
            # The same key in the next command: a scheduler that outlives this one may still have it.
            key = f"perflab-{self.plan.identity[:16]}-{point.id}-{self._handed_out[point.id]}"
            needs = dict.fromkeys({cluster.LAB, resource}, 1)
            self._running[self.client.submit(cluster.work, self.plan, point, key=key, resources=needs)] = point
        waiting.extend(held)

    def _ended(self) -> list[Future[Any]]:
        with suppress(TimeoutError):
            wait(list(self._running), timeout=POLL_S, return_when="FIRST_COMPLETED")
        return [future for future in self._running if future.done()]

    def _outcome_of(self, future: Future[Any], point: Point) -> Outcome:
        """Return how a task ended.

        Raises:
            InputError: The worker's machine has not the checkout that the matrix is about.
            ServerError: Nobody knows, because the scheduler has gone.
        """
        if future.status in ("cancelled", "lost"):
            raise ServerError("the scheduler of Dask has gone", hint="run the same command again: what is done stays")
        error = future.exception() if future.status == "error" else None
        if isinstance(error, KilledWorker):
            return Outcome(point.id, "", 0.0, "each worker that ran it was lost: out of memory, or switched off?")
        if isinstance(error, InputError):
            raise error
        if error is not None:
            return Outcome(point.id, "", 0.0, clean(one_line(error)))
        outcome: Outcome = future.result()
        return outcome

    def _fetch(self, point: Point, outcome: Outcome) -> bool:
        """Keep a run; return False if it got lost on its way and has to be asked for again.

        Raises:
            StoreError: It gets lost again and again, or cannot be kept.
        """
        path, worker = outcome.archive, outcome.worker
        try:
            self.ledger.store(
                point,
                outcome,
                lambda offset: self.client.run(archive.read_chunk, path, offset, workers=[worker])[worker],
            )
        except (OSError, KeyError, ValueError, StoreError) as error:
            if isinstance(error, StoreError) and isinstance(error.__cause__, OSError) and self._is_there(worker):
                raise  # the disk of this machine is full
            if self._handed_out[point.id] >= MOST_FETCHES:
                raise StoreError(f"cannot fetch the run of {point.id}: {clean(str(error))}") from error
            time.sleep(POLL_S)  # a worker that was killed is replaced
            return False
        with suppress(OSError, KeyError, ValueError):  # the next command does it otherwise
            self.client.run(attempt.discard, self.plan.project, self.plan.name, [point.id], workers=[worker])
        return True

    def _is_there(self, worker: str) -> bool:
        return worker in self.client.scheduler_info(n_workers=-1)["workers"]

    def _left_s(self, waiting: int, workers: int) -> float | None:
        """Return the seconds left if points take as long as those until now; None if there is none, or no worker."""
        if not self._durations or not workers:
            return None
        mean, now = fmean(self._durations), time.monotonic()
        begun = [max(0.0, mean - (now - began)) for began in self._began.values()]
        return max(max(begun, default=0.0), (mean * waiting + sum(begun)) / workers)
