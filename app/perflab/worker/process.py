"""The worker's side: set up one cell, and execute blocks of Steps in it."""

from __future__ import annotations

import gc
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from time import monotonic, monotonic_ns, sleep
from typing import Any

from perflab.errors import LoginFailed, one_line, raised_at
from perflab.run.response import Document
from perflab.run.tables import Sample
from perflab.scenario import project
from perflab.worker import calibration, cell
from perflab.worker.clock import TraceClock
from perflab.worker.guards import Guards
from perflab.worker.guards.contacts import Contact
from perflab.worker.logins.login import Logins
from perflab.worker.probes import PROBES
from perflab.worker.probes.base import Probe
from perflab.worker.probes.cache import CacheProbe
from perflab.worker.probes.connections import Connections, publish_counters
from perflab.worker.probes.cpu import Backends, Clock, app_cpu_ns, process_clock, server_clock, thread_clock
from perflab.worker.probes.detail import Recorded, Recorder
from perflab.worker.probes.queries import QueryProbe
from perflab.worker.protocol import NO_STEP, Done, ExecuteBlock, IgnoreFields, ProgressCell, WorkerConfig
from perflab.worker.request import Caller, Response, environ_of, error_of
from perflab.worker.responses.kept import Responses
from perflab.worker.responses.writes import WritingReads
from perflab.workload.steps import Step


class Worker:
    """Run one cell: its application, its probes and its clocks.

    Args:
        config: The cell to set up.

    Raises:
        PerflabError: The project cannot be set up.
    """

    def __init__(self, config: WorkerConfig) -> None:
        self.config = config
        self.probes: list[Probe] = []  # those that are installed
        self.cache = CacheProbe()
        self.recorder: Recorder | None = None
        self.trace_clock: TraceClock | None = None
        self.guards: Guards | None = None
        self.connections = Connections()
        self.backends = Backends()
        self.queries = QueryProbe()
        self.cache_clock: Clock = server_clock(config.cache_pid)
        self.logins: Logins | None = None
        self._raised: BaseException | None = None
        self._frozen = False
        self._digests_ns = 0
        # Of the last block alone: responses are compared before the next one begins.
        self._responses = Responses()
        self._writing_reads = WritingReads()
        if config.settings_module is None:
            self.caller = Caller(calibration.application, config.spin_share)
        else:
            self._set_up_subject(config.settings_module)

    def _set_up_subject(self, settings_module: str) -> None:
        config = self.config
        if config.as_of is not None:
            self.trace_clock = TraceClock(config.as_of)
            self.cache = CacheProbe(self.trace_clock.start.timestamp())
        self.guards = cell.set_up(
            config, settings_module, self.trace_clock, self._watch if config.probed else lambda: None
        )
        from django.core.signals import got_request_exception
        from django.db import connection

        got_request_exception.connect(self._keep_exception, weak=False)
        self.caller = Caller(project.wsgi_application(), self.config.spin_share, self.config.endless)
        self.logins = Logins(self.config.auth, self.trace_clock, self.config.host)
        connection.ensure_connection()
        if self.config.probed:
            shared: dict[type[Probe], Probe] = {CacheProbe: self.cache, QueryProbe: self.queries}
            self.probes = [shared.get(probe) or probe() for probe in PROBES]
            self.connections.watch()
            for probe in self.probes:
                probe.install(connection)
                self.connections.add(probe)
            self.connections.add(self.backends)
            self.recorder = Recorder(self.connections, self.cache)

    def _watch(self) -> None:
        """Watch what a project does while it is being set up: it may start threads that query, and store entries."""
        self.connections.watch()
        self.cache.prepare(self.config.settings.get("CACHES") or {})

    def execute(self, block: ExecuteBlock, progress: ProgressCell, *, counted: bool = True) -> Done:
        """Execute Steps in their order, each after the digest of the one before.

        Args:
            block: The Steps, and when to start the first one.
            progress: Where the number of the current Step is published.
            counted: Whether the database is told to publish its counters after the block: 0.1 ms.
        """
        if not self._frozen and block.steps[0].is_measured:
            self._freeze_garbage_collection()
        self._responses.clear()
        self._digests_ns = 0
        between = self.queries.sent() if self.probes else None
        samples: list[Sample] = []
        recorded: dict[int, Recorded] = {}
        not_before_s, config = block.not_before_s, self.config
        for step in block.steps:
            self.cache.expire(step.at_s)
            if self.trace_clock is not None:
                self.trace_clock.at_s = step.at_s
            try:
                environ = environ_of(step, self.logins.headers(step) if self.logins else step.headers, config.host)
            except LoginFailed as failed:
                samples.append(not_made(step, str(failed)))
                continue
            if not_before_s is not None:
                sleep(max(0.0, not_before_s - monotonic()))
                not_before_s = None
            progress.set(step.step)
            if self.guards is not None:
                self.guards.begin(step.endpoint)
            with self._recording(step, recorded), self._watching(step):
                samples.append(self._measured(step, environ) if self.config.probed else self._bare(step, environ))
            if self.guards is not None:
                self.guards.end()
        progress.set(NO_STEP)
        if counted and self.probes:
            publish_counters()  # by themselves the backends do so once a second
        return Done(
            samples,
            self._digests_ns / 1e9,
            recorded,
            self.queries.sent() if self.probes else None,
            between,
            dict(self._responses.not_compared),
            frozenset(self._writing_reads.endpoints),
        )

    def _watching(self, step: Step) -> AbstractContextManager[None]:
        """Watch whether a read of the warm-up writes; the calibration request has no database."""
        return nullcontext() if self.config.settings_module is None else self._writing_reads.watching(step)

    @contextmanager
    def _recording(self, step: Step, recorded: dict[int, Recorded]) -> Iterator[None]:
        """Record the queries and cache operations of a check."""
        if not step.is_check or self.recorder is None:
            yield
            return
        self.recorder.begin()
        try:
            yield
        finally:
            recorded[step.step] = self.recorder.end()

    def _freeze_garbage_collection(self) -> None:
        """Exclude everything loaded so far from garbage collection, before the first measured block.

        A full collection of a Django project's modules takes 50 ms and falls on a random request, ten times what that request
        itself costs. Servers that load the project before they fork do the same (`gc.freeze`). Objects that requests leave
        behind are collected as usual.
        """
        gc.collect()
        gc.freeze()
        self._frozen = True

    def _measured(self, step: Step, environ: dict[str, Any]) -> Sample:
        caller = self.caller
        for probe in self.probes:
            probe.start()
        raw, error = None, None
        self.backends.start()
        cache_began = self.cache_clock()
        process_began = process_clock()
        cpu_began = thread_clock()
        began = monotonic_ns()
        try:
            raw = caller.call(environ)
        except Exception as raised:
            error = raised
        ended = monotonic_ns()
        cpu_ended = thread_clock()
        process_ended = process_clock()
        cache_ended = self.cache_clock()
        db_ns = self.backends.read()

        costs: dict[str, Any] = {}
        for probe in self.probes:
            costs.update(probe.read())
        response = Response.of(raw) if raw is not None else Response.of_error(error)
        return Sample(
            step=step.step,
            started_s=began / 1e9,
            status=response.status,
            latency_s=None if response.cut else (ended - began) / 1e9,  # that of a stream that was cut is unknown
            app_cpu_s=None if response.cut else app_cpu_ns(cpu_ended - cpu_began, process_ended - process_began) / 1e9,
            db_cpu_s=None if db_ns is None else db_ns / 1e9,
            cache_cpu_s=None if cache_began < 0 or cache_ended < 0 else (cache_ended - cache_began) / 1e9,
            response_bytes=len(response.body) if response.status is not None else None,
            response_digest=self._digest(step, response),
            error=self._error(response),
            **costs,
        )

    def _digest(self, step: Step, response: Response) -> str | None:
        """Return the digest by which the response is compared, and keep the response until the next block."""
        if response.status is None:
            return None
        began = monotonic_ns()
        digest = self._responses.digest(step, response)
        self._digests_ns += monotonic_ns() - began
        return digest

    def responses(self, steps: Sequence[int]) -> list[Document | None]:
        """Return the responses to these Steps of the last block, None for one that raised."""
        return self._responses.documents(steps)

    def contacts(self) -> list[tuple[Contact, int]]:
        """Return what the project did beyond its cell since the last time, with counts."""
        return self.guards.contacts.take() if self.guards is not None else []

    def ignore(self, fields: IgnoreFields) -> None:
        """Leave these places of an endpoint's responses out of digests from now on."""
        self._responses.ignore(fields)

    def log_in(self, steps: Sequence[Step]) -> None:
        """Log the callers of these Steps in; a login that raises is told when a request needs it."""
        if self.logins is None:
            return
        for step in steps:
            with suppress(LoginFailed):
                self.logins.headers(step)

    def headers(self, steps: Sequence[Step]) -> list[dict[str, str]]:
        """Return all headers of these requests, as the worker itself would send them: Host and Content-Type included.

        Raises:
            LoginFailed: A login raised.
        """
        host = self.config.host
        made = []
        for step in steps:
            headers = {"Host": host, **(self.logins.headers(step) if self.logins else step.headers)}
            if step.body is not None and not any(name.lower() == "content-type" for name in headers):
                headers["Content-Type"] = "application/json"
            made.append(headers)
        return made

    def forget_logins(self) -> None:
        """Log every caller in again."""
        if self.logins is not None:
            self.logins.forget()

    def _error(self, response: Response) -> str | None:
        """Return one line where the server is at fault, with the exception behind it where Django caught one."""
        error, raised = error_of(response), self._raised
        self._raised = None
        if error is None or raised is None:
            return error
        if error.endswith(line := one_line(raised)):  # it passed through the application, and is told already
            return f"{error}{raised_at(raised)}"
        return f"{error} ({line}{raised_at(raised)})"

    def _bare(self, step: Step, environ: dict[str, Any]) -> Sample:
        """Execute the request with nothing but a clock around it."""
        began = monotonic_ns()
        raw = self.caller.call(environ)
        ended = monotonic_ns()
        response = Response.of(raw)
        return sample_of(
            step=step.step,
            started_s=began / 1e9,
            status=response.status,
            latency_s=(ended - began) / 1e9,
            response_bytes=len(response.body),
            response_digest=self._digest(step, response),
            error=self._error(response),
        )

    def _keep_exception(self, **kwargs: Any) -> None:
        """Write an exception to the cell's log: with DEBUG off Django only mails it to the admins."""
        traceback.print_exc()
        self._raised = sys.exc_info()[1]  # Python 3.10 has no sys.exception


def sample_of(**measured: Any) -> Sample:
    """Return a Sample in which all that is not given is unknown."""
    return Sample(**{**dict.fromkeys(Sample.__slots__), **measured})


def not_made(step: Step, error: str) -> Sample:
    """Return the Sample of a request that could not be made."""
    return sample_of(step=step.step, started_s=monotonic(), error=error)
