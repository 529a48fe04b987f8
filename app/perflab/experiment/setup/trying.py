"""Finds out which ways to request its routes a project responds to, on private servers with rows from the models.

One worker makes all requests, of a cell with everything on. A project's process that ends or hangs costs that way only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from time import monotonic
from typing import Any

from perflab.analysis.responses.statuses import lacks_static_files
from perflab.errors import PerflabError
from perflab.experiment.databases import cell_databases
from perflab.experiment.isolate import files
from perflab.experiment.setup.preflight import LOGIN, TRIES
from perflab.experiment.setup.preparation import prepare
from perflab.experiment.setup.servers import RunServers
from perflab.experiment.testbed import Testbed
from perflab.experiment.workers import WorkerPool
from perflab.run.cells import cells_of, everything_on
from perflab.scenario import project
from perflab.scenario.drafting.candidates import Candidate
from perflab.scenario.drafting.rows import drawable
from perflab.scenario.profiles import Resolved
from perflab.scenario.traffic import Endpoint
from perflab.seeding import SeededData
from perflab.seeding.target import connected
from perflab.servers.aliases.layout import layout_of
from perflab.servers.supervision.lock import data_lock
from perflab.worker.handle import WorkerHandle
from perflab.workload.build import first_requests
from perflab.workload.reading import read_population
from perflab.workload.steps import Step

ROUND, CELL = 0, "tried"
# A way to log in that fails so often, and never succeeds, is tried no further; nor is a route that takes longer than this.
LOGIN_TRIES, PATIENCE_S = 3, 20.0
# How far a request came that was sent to the login page.
TO_LOGIN = 3
NO_STATIC_FILES = "it lacks static files, which have to be collected, compressed or built"
# Called with the number of routes that have been tried.
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Tried:
    """What became of a route.

    Attributes:
        route: Its path; of a write, its method and path.
        candidate: The way that succeeded; None where none did.
        reason: Why none did: that of the way that came furthest.
        milliseconds: How long the first response took that succeeded.
    """

    route: str
    candidate: Candidate | None
    reason: str | None = None
    milliseconds: float | None = None

    @property
    def is_write(self) -> bool:
        """Whether it is a write of the project's OpenAPI schema."""
        return not self.route.startswith("/")


def try_all(
    question: Resolved,
    seed: int,
    data: SeededData,
    ways: Mapping[str, Sequence[Candidate]],
    log: Any,
    progress: Progress,
) -> list[Tried]:
    """Try ways to request routes until one of each succeeds.

    Args:
        question: A scenario of the project; its endpoints do not matter.
        seed: Seed of what is drawn.
        data: The seeded data.
        ways: The ways, the likeliest first, by the path of their route.
        log: The log file of the worker.
        progress: Called after each route.

    Raises:
        PerflabError: The servers or the project cannot be started.
    """
    with ExitStack() as stack:
        if data.data_dir is not None:
            stack.enter_context(data_lock(data.data_dir.parent, "perflab init", timeout_s=None))
        servers = stack.enter_context(RunServers.open(question, data, 1))
        names = question.scenario.factor_names
        cells = [cell for cell in cells_of(names) if cell.name == everything_on(names)]
        prepared = prepare(question, seed, data, cells, servers.database)
        steps: dict[str, list[tuple[Candidate, Sequence[Step]]]] = {}
        with connected(layout_of(question.scenario.subject.settings).to_fill(servers.database, data.template)):
            every = [way for own in ways.values() for way in own]
            possible = dict(zip(map(id, every), drawable([(way.params, way.where) for way in every]), strict=True))
            for route, own in ways.items():
                steps[route] = _steps(question, seed, [way for way in own if possible[id(way)]])
        testbed = Testbed(
            question, seed, data, cells, servers, prepared, folder=stack.enter_context(files.run_folder())
        )
        stack.callback(testbed.leave_nothing)
        templates = {cell.name: prepared.templates[cell.name] for cell in cells}
        databases = stack.enter_context(
            cell_databases(servers.database, templates, f"{testbed.token}_try", prepared.others_of)
        )
        config = testbed.worker_config(cells[0], databases, ROUND)
        with _Workers(config, log) as workers:
            tried, logins = [], _Logins()
            for number, (route, own_steps) in enumerate(steps.items(), 1):
                tried.append(_tried(route, own_steps, workers, logins, question.scenario.traffic.timeout_s))
                progress(number)
        return tried


def _steps(question: Resolved, seed: int, ways: Sequence[Candidate]) -> list[tuple[Candidate, Sequence[Step]]]:
    """Return a few requests for each way."""
    if not ways:
        return []
    endpoints = [Endpoint.model_validate(way.endpoint(f"way-{n}")) for n, way in enumerate(ways)]
    traffic = question.scenario.traffic.model_copy(update={"endpoints": endpoints})
    scenario = question.scenario.model_copy(update={"traffic": traffic})
    made = first_requests(scenario, question.profile, seed, read_population(scenario, seed), TRIES)
    return [(way, made[f"way-{n}"]) for n, way in enumerate(ways)]


class _Workers:
    """One worker, and another one after it has ended or hung."""

    def __init__(self, config: Any, log: Any) -> None:
        self._config, self._log = config, log
        self._stack = ExitStack()
        self._handle: WorkerHandle | None = None

    def __enter__(self) -> _Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def handle(self) -> WorkerHandle:
        """The worker, started where there is none."""
        if self._handle is None:
            pool = self._stack.enter_context(WorkerPool.start({CELL: self._config}, lambda _: self._log, {}))
            self._handle = pool.handles[CELL]
        return self._handle

    def replace(self) -> None:
        """Forget the worker that has ended."""
        self._stack.close()
        self._handle = None


class _Logins:
    """Which ways to log in fail whoever calls: they are not tried for every route."""

    def __init__(self) -> None:
        self._failures: Counter[str] = Counter()
        self._working: set[str] = set()

    def is_broken(self, way: Candidate) -> bool:
        """Whether a way to log in has failed so often, and never succeeded."""
        return way.auth is not None and way.auth not in self._working and self._failures[way.auth] >= LOGIN_TRIES

    def note(self, way: Candidate, error: str | None) -> bool:
        """Note what became of a request; return whether its login failed."""
        if way.auth is None:
            return False
        has_failed = (error or "").startswith(LOGIN)
        if has_failed:
            self._failures[way.auth] += 1
        else:
            self._working.add(way.auth)
        return has_failed


def _tried(
    route: str, ways: Sequence[tuple[Candidate, Sequence[Step]]], workers: _Workers, logins: _Logins, timeout_s: float
) -> Tried:
    """Try the ways to request a route until one succeeds, or none has for a while."""
    if not ways:
        return Tried(route, None, "no row of the data fits its URL")
    reasons: list[tuple[int, str]] = []
    began_s = monotonic()
    refused: set[tuple[str, str | None]] = set()
    for way, steps in ways:
        caller = (way.caller, way.auth)
        if logins.is_broken(way):
            reasons.append((1, "nobody can log in"))
            continue
        if caller in refused:
            continue
        for step in steps:
            if monotonic() - began_s > PATIENCE_S:
                return Tried(route, None, f"nothing succeeded within {PATIENCE_S:g} s")
            try:
                done = workers.handle.block([step], timeout_s)
                (sample,) = done.samples
                document = None if sample.status is None else workers.handle.responses([step.step])[0]
            except PerflabError as error:
                workers.replace()
                reasons.append((0, str(error)))
                break
            if logins.note(way, sample.error):
                reasons.append((1, re.sub(r" of user \S+", "", str(sample.error))))
                continue
            status, location = sample.status, ((document or {}).get("headers") or {}).get("location")
            if sample.error is None and status is not None and 200 <= status < 300:
                return Tried(route, way, milliseconds=1e3 * (sample.latency_s or 0.0))
            rank, reason = _reason(status, location, sample.error)
            reasons.append((rank, reason))
            if status in (401, 403) or rank == TO_LOGIN:
                if way.caller != "owner":  # whoever owns another row may see that
                    refused.add(caller)
                break
            if status == 405 or (status is not None and 300 <= status < 400):
                break  # another row makes no difference
    return Tried(route, None, max(reasons)[1])


def _reason(status: int | None, location: str | None, error: str | None) -> tuple[int, str]:
    """Return how far a request came, and why no further."""
    if status is None:
        return 1, error or "no response"
    if 300 <= status < 400:
        is_login = location is not None and ("login" in location.lower() or location == project.login_path())
        return (
            (TO_LOGIN, "it redirects to the login page") if is_login else (6, f"it redirects ({status}) to {location}")
        )
    words = {401: "it wants another login (401)", 403: "it is forbidden to whoever asked (403)", 405: "it takes no GET (405)",
             404: "no row that was tried is there (404)"}  # fmt: skip
    rank = {404: 2, 401: 3, 403: 4, 405: 7}
    if error is not None and lacks_static_files(error):
        return 5, NO_STATIC_FILES
    if status >= 500:
        return 5, f"it fails ({status}): {error}" if error else f"it fails ({status})"
    return rank.get(status, 4), words.get(status, f"it returned {status}")
