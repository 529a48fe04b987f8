"""The worker's side: set up one cell, then execute blocks of Steps until told to stop.

Nothing else runs in this process, but a thread that sleeps in a read until the experiment is gone.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection
from time import monotonic, perf_counter, perf_counter_ns, sleep
from typing import Any

from perflab.errors import PerflabError
from perflab.run import response as answer
from perflab.run.tables import Sample
from perflab.scenario import project
from perflab.worker import calibration
from perflab.worker.clock import TraceClock
from perflab.worker.probes.cache import CacheProbe
from perflab.worker.probes.cpu import BackendClock, Clock, server_clock, thread_clock
from perflab.worker.probes.detail import Detail, Noted
from perflab.worker.probes.queries import QueryProbe
from perflab.worker.profiling import profile
from perflab.worker.protocol import NOWHERE, Done, Failed, Job, Mask, Order, Place, Profile, Ready, Show
from perflab.worker.request import Caller, Response, environ_of, error_of

DUMMY_CACHE = "DummyCache"


class Worker:
    """One cell, set up: its application, its probes and its clocks."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.queries = QueryProbe()
        self.cache = CacheProbe()
        self.detail: Detail | None = None
        self.trace_clock: TraceClock | None = None
        self.backend: BackendClock | None = None
        self.cache_clock: Clock = server_clock(job.cache_pid)
        self._auth: project.Headers | None = None
        self._headers: dict[Any, Mapping[str, str]] = {}
        self._raised: BaseException | None = None
        self._settled = False
        self._digests_ns = 0
        # Of the last block alone: answers are looked at before the next one begins.
        self._answers: dict[int, answer.Document] = {}
        self._masks: dict[str | None, frozenset[str]] = {}
        if job.settings_module is None:
            self.caller = Caller(calibration.application, job.spin_share)
        else:
            self._set_up_subject(job.settings_module)

    def _set_up_subject(self, settings_module: str) -> None:
        if self.job.as_of is not None:
            self.trace_clock = TraceClock(self.job.as_of)
            self.trace_clock.install()
        project.set_up(settings_module, self.job.settings)
        from django.core.cache import caches
        from django.core.signals import got_request_exception
        from django.db import connection

        got_request_exception.connect(self._note_exception, weak=False)
        self.caller = Caller(project.wsgi_application(), self.job.spin_share)
        self._auth = project.imported(self.job.auth, "subject.auth")
        connection.ensure_connection()
        self.backend = BackendClock(connection)
        if self.job.probed:
            self.queries.install(connection)
            self.detail = Detail(connection, self.cache)
            for alias in caches:
                if type(caches[alias]).__name__ != DUMMY_CACHE:
                    self.cache.install(caches[alias])

    def block(self, orders: list[Order], place: Place) -> Done:
        """Execute Steps in their order. The next one starts when the one before is digested."""
        if not self._settled and orders[0].measured:
            self._settle()
        self._answers.clear()
        self._digests_ns = 0
        samples: list[Sample] = []
        noted: dict[int, Noted] = {}
        expired = 0
        for order in orders:
            expired += self.cache.expire(order.at_s)
            if self.trace_clock is not None:
                self.trace_clock.at_s = order.at_s
            environ = environ_of(order, {**self._login(order.user), **order.headers})
            if order.not_before_s is not None:
                sleep(max(0.0, order.not_before_s - monotonic()))
            place.set(order.step)
            with self._detailed(order, noted):
                samples.append(self._measured(order, environ) if self.job.probed else self._bare(order, environ))
        place.set(NOWHERE)
        self._flush_counters()
        return Done(samples, expired, self._digests_ns / 1e9, noted)

    @contextmanager
    def _detailed(self, order: Order, noted: dict[int, Noted]) -> Iterator[None]:
        """Note what a Step does, if it asks for that."""
        if not order.detailed or self.detail is None:
            yield
            return
        self.detail.begin()
        try:
            yield
        finally:
            noted[order.step] = self.detail.end()

    def _settle(self) -> None:
        """Take what was loaded so far out of the garbage collector's sight, before the first measured block.

        Looking through all of a Django project's modules takes 50 ms and falls on whichever request comes then, ten times
        what that request itself costs. Servers that load the project before they fork do the same (`gc.freeze`). What
        requests leave behind is collected as ever.
        """
        gc.collect()
        gc.freeze()
        self._settled = True

    def _login(self, user: Any) -> Mapping[str, str]:
        """The caller's headers. Asked for once per user, outside the clocks; it may cost a query."""
        if user is None or self._auth is None:
            return {}
        if user not in self._headers:
            self._headers[user] = self._auth(user)
        return self._headers[user]

    def _measured(self, order: Order, environ: dict[str, Any]) -> Sample:
        queries, cache, caller = self.queries, self.cache, self.caller
        queries.start()
        cache.start()
        body, error = b"", None
        pid, db_began = self.backend.read() if self.backend else (None, None)
        cache_began = self.cache_clock()
        cpu_began = thread_clock()
        began = perf_counter_ns()
        try:
            body = caller.call(environ)
        except Exception as raised:
            error = raised
        ended = perf_counter_ns()
        cpu_ended = thread_clock()
        cache_ended = self.cache_clock()
        pid_after, db_ended = self.backend.read() if self.backend else (None, None)

        response = caller.response(body) if error is None else raised_response(error)
        return Sample(
            step=order.step,
            started_s=began / 1e9,
            status=response.status,
            latency_s=(ended - began) / 1e9,
            app_cpu_s=(cpu_ended - cpu_began) / 1e9,
            db_cpu_s=between(db_began, db_ended) if pid == pid_after else None,
            cache_cpu_s=None if cache_began < 0 or cache_ended < 0 else (cache_ended - cache_began) / 1e9,
            query_count=queries.count if self.backend else None,
            duplicate_query_count=queries.duplicates if self.backend else None,
            query_time_s=queries.time_ns / 1e9 if self.backend else None,
            cache_hits=cache.hits if self.backend else None,
            cache_misses=cache.misses if self.backend else None,
            cache_sets=cache.sets if self.backend else None,
            cache_deletes=cache.deletes if self.backend else None,
            response_bytes=len(response.body) if response.status is not None else None,
            response_digest=self._digest(order, response),
            error=self._error(response),
        )

    def _digest(self, order: Order, response: Response) -> str | None:
        """What the answer is compared by. The answer is kept until the next block."""
        if response.status is None:
            return None
        began = perf_counter_ns()
        document = answer.document(response.status, response.headers, response.body)
        self._answers[order.step] = document
        digest = answer.digest(document, self._masks.get(order.endpoint, ()))
        self._digests_ns += perf_counter_ns() - began
        return digest

    def show(self, steps: list[int]) -> list[answer.Document | None]:
        """The answers of Steps of the last block; None for one that raised."""
        return [self._answers.get(step) for step in steps]

    def mask(self, mask: Mask) -> None:
        self._masks[mask.endpoint] = mask.places

    def _error(self, response: Response) -> str | None:
        """One line where the server is at fault, with the exception behind it where Django caught one."""
        error, raised = error_of(response), self._raised
        self._raised = None
        return error if error is None or raised is None else f"{error} ({one_line(raised)})"

    def _bare(self, order: Order, environ: dict[str, Any]) -> Sample:
        """The same request with nothing but a clock around it."""
        began = perf_counter_ns()
        body = self.caller.call(environ)
        ended = perf_counter_ns()
        response = self.caller.response(body)
        unknown = dict.fromkeys(Sample.__slots__)
        known = {
            "step": order.step,
            "started_s": began / 1e9,
            "status": response.status,
            "latency_s": (ended - began) / 1e9,
            "response_bytes": len(body),
            "response_digest": self._digest(order, response),
            "error": self._error(response),
        }
        return Sample(**{**unknown, **known})  # type: ignore[arg-type]  # None for all that is unknown

    def _note_exception(self, **kwargs: Any) -> None:
        """With DEBUG off Django only mails an exception to the admins; the log of a cell is to have it."""
        traceback.print_exc()
        self._raised = sys.exception()

    def _flush_counters(self) -> None:
        """Have the backend publish its statistics now; by itself it does so once a second."""
        if self.backend is None or not self.job.probed:
            return
        from django.db import connection

        if connection.vendor == "postgresql" and connection.connection is not None:
            connection.connection.execute("SELECT pg_stat_force_next_flush()")


def between(began_ns: int | None, ended_ns: int | None) -> float | None:
    return None if began_ns is None or ended_ns is None else (ended_ns - began_ns) / 1e9


def one_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def raised_response(error: Exception) -> Response:
    return Response(None, [], b"", f"raised {one_line(error)}")


def end_with(parent_fd: int) -> None:
    """End this process when the experiment is gone: its end of the pipe closes, whatever ended it."""

    def wait() -> None:
        os.read(parent_fd, 1)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def main(connection_fd: int, place_fd: int, parent_fd: int) -> int:
    began = perf_counter()
    end_with(parent_fd)
    connection: Connection[Any, Any] = Connection(connection_fd)
    place = Place(place_fd)
    place.set(NOWHERE)
    try:
        worker = Worker(connection.recv())
        connection.send(Ready(perf_counter() - began))
        while True:
            match connection.recv():
                case None:
                    return 0
                case Show(steps):
                    connection.send(worker.show(steps))
                case Mask() as mask:
                    worker.mask(mask)
                case Profile() as wanted:
                    connection.send(profile(worker.block, wanted, place))
                case orders:
                    connection.send(worker.block(orders, place))
    except EOFError:
        return 1
    except PerflabError as error:
        connection.send(Failed(str(error), traceback.format_exc()))
        return 1
    except Exception as error:
        connection.send(Failed(one_line(error), traceback.format_exc()))
        return 1
