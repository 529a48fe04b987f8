"""The first requests: every endpoint is requested in the cells of a run before the run waits for its turn.

What is wrong with a project, its login or its scenario shows here, all of it at once, and not after an hour of waiting. An
endpoint that fails in every cell is left out of the traffic, and the page begins with it. Nothing is measured here, because other
replays may be running.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from perflab.analysis.responses.statuses import lacks_static_files
from perflab.errors import SubjectError
from perflab.experiment.databases import cell_databases
from perflab.experiment.testbed import Testbed
from perflab.experiment.workers import WorkerPool
from perflab.run.cells import BASELINE, OPTIMISED, Cell
from perflab.scenario import project
from perflab.scenario.models import Scenario
from perflab.scenario.profiles import Resolved
from perflab.units import listed
from perflab.worker.guards.contacts import REFUSED, Contact
from perflab.worker.handle import WorkerHandle
from perflab.worker.responses.stream import name_of
from perflab.workload.build import first_requests
from perflab.workload.steps import Step

# The rounds have numbers from 1.
ROUND = 0
# An endpoint fails if so many of its requests fail: a single row may be one that fails.
TRIES = 3
# More cells than these are represented by all_off, all_on and each factor alone.
MAX_CELLS = 8
LOGIN = "the login ("  # as the errors of a login begin


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of an endpoint's first requests in one cell: that of the first one which did not fail, else of the first one.

    Attributes:
        endpoint: Name of the endpoint.
        cell: Name of the cell.
        request: Method and path.
        status: The status; None where there was no response.
        error: What failed, in one line; None where nothing did.
        location: Where a redirect leads.
        endless: The name of the stream, if the response is one that was cut; see `stream.name_of`.
    """

    endpoint: str
    cell: str
    request: str
    status: int | None
    error: str | None
    location: str | None = None
    endless: str | None = None


@dataclass(frozen=True)
class FirstRequests:
    """Hold all outcomes.

    Attributes:
        outcomes: The outcome of each endpoint in each cell.
        login_url: The page to which the project sends callers who are not logged in.
        contacts: What the requests did beyond their cells, and how often.
    """

    outcomes: Sequence[Outcome]
    login_url: str | None = None
    contacts: Mapping[Contact, int] = field(default_factory=dict)

    def of(self, endpoint: str) -> list[Outcome]:
        """Return the outcomes of an endpoint, one for each cell."""
        return [outcome for outcome in self.outcomes if outcome.endpoint == endpoint]

    @property
    def endpoints(self) -> list[str]:
        """Return the endpoints, in the order in which they were requested."""
        return list(dict.fromkeys(outcome.endpoint for outcome in self.outcomes))

    @property
    def failing(self) -> list[str]:
        """Return the endpoints that failed in every cell."""
        return [name for name in self.endpoints if all(outcome.error is not None for outcome in self.of(name))]

    @property
    def to_login(self) -> list[str]:
        """Return the endpoints that redirect to the login page in every cell."""
        return [name for name in self.endpoints if all(map(self._leads_to_login, self.of(name)))]

    @property
    def endless(self) -> set[str]:
        """Return the names of streams that were cut."""
        return {outcome.endless for outcome in self.outcomes if outcome.endless is not None}

    def _leads_to_login(self, outcome: Outcome) -> bool:
        if outcome.location is None or outcome.status is None or not 300 <= outcome.status < 400:
            return False
        path = urlsplit(outcome.location).path
        return path == self.login_url or "login" in path.lower()

    @property
    def unrepeated(self) -> dict[Contact, int]:
        """Return what only these requests did beyond their cells: those of endpoints that are left out of the traffic."""
        return {contact: count for contact, count in self.contacts.items() if contact.endpoint in self.failing}

    def refused(self) -> Iterator[str]:
        """Yield a sentence for each connection that was refused to an endpoint."""
        for contact in self.contacts:
            if contact.kind in REFUSED and contact.endpoint is not None:
                yield (
                    f"{contact.endpoint}: {contact.sentence}: refused; to allow it, add {contact.target!r} to `allow` under "
                    "`subject`"
                )

    def _failure(self, name: str) -> str:
        """Return why an endpoint failed, with the connections that were refused to it, if the error does not name them."""
        error = self.of(name)[0].error or ""
        sentences = [
            contact.sentence
            for contact in self.contacts
            if contact.kind in REFUSED and contact.endpoint == name and contact.target not in error
        ]
        return f"{error} ({listed(sentences)}, which perflab refuses)" if sentences else error

    def remarks(self, scenario: Scenario) -> Iterator[str]:
        """Yield a sentence for each endpoint that did not succeed in some cell.

        Args:
            scenario: The scenario, which may expect a status.
        """
        for name in self.endpoints:
            outcomes = self.of(name)
            expected = scenario.endpoint(name).expects
            if name in self.failing:
                error = self._failure(name)
                yield f"{name}: {error}" if error.startswith(LOGIN) else f"{name}: {outcomes[0].request} {error}"
            elif name in self.to_login:
                yield f"{name}: {outcomes[0].request} redirects to the login page, {outcomes[0].location}"
            else:
                for outcome in outcomes:
                    refused = outcome.status is not None and outcome.status >= 400 and outcome.status != expected
                    if outcome.error is not None or refused:
                        every = all(other.status == outcome.status for other in outcomes)
                        where = "" if every else f" in cell {outcome.cell}"
                        yield f"{name}: {outcome.request} {outcome.error or f'returned {outcome.status}'}{where}"
                        break

    def as_dict(self) -> dict[str, Any]:
        """Return the outcomes as run.json keeps them."""
        return {
            "left_out": self.failing,
            "to_login": self.to_login,
            "outcomes": [asdict(outcome) for outcome in self.outcomes],
        }


def cells_to_request(cells: Sequence[Cell]) -> list[Cell]:
    """Return the treatments, or where there are many of them everything off, everything on and each factor alone."""
    treatments = [cell for cell in cells if cell.role == "treatment"]
    if len(treatments) <= MAX_CELLS:
        return treatments
    return [cell for cell in treatments if cell.name in (BASELINE, OPTIMISED) or sum(cell.levels.values()) == 1]


def request_all(testbed: Testbed, log_of: Callable[[str], Any]) -> FirstRequests:
    """Request every endpoint in every cell, on fresh databases and in fresh processes, which are gone afterwards.

    Costs the start of the workers, 0.5 s of CPU and 0.3 s for each, and a clone for each of them.

    Args:
        testbed: What all rounds of the run share.
        log_of: The log file of a cell's worker.

    Raises:
        WorkerDied: A worker cannot be set up, ends or hangs.
    """
    scenario, profile, prepared = testbed.question.scenario, testbed.question.profile, testbed.prepared
    steps = first_requests(scenario, profile, testbed.seed, prepared.population, TRIES)
    cells = cells_to_request(testbed.cells)
    templates = {cell.name: prepared.templates[cell.name] for cell in cells}
    outcomes: list[Outcome] = []
    try:
        others = testbed.prepared.others_of
        with cell_databases(testbed.servers.database, templates, f"{testbed.token}_first", others) as databases:
            configs = {cell.name: testbed.worker_config(cell, databases, ROUND) for cell in cells}
            with WorkerPool.start(configs, log_of, {}) as pool:
                for name, handle in pool.handles.items():
                    outcomes += [outcome_of(handle, name, own, scenario.traffic.timeout_s) for own in steps.values()]
                testbed.collect(pool.handles.values())
    finally:
        testbed.leave_nothing()
    return FirstRequests(outcomes, project.login_path(), dict(testbed.contacts))


def outcome_of(handle: WorkerHandle, cell: str, steps: Sequence[Step], timeout_s: float) -> Outcome:
    """Make the requests of one endpoint until one does not fail.

    Args:
        handle: The worker.
        cell: Name of its cell.
        steps: Requests of one endpoint.
        timeout_s: The longest that a request may take.

    Raises:
        WorkerDied: The worker ended or hangs.
    """
    failed: Outcome | None = None
    for step in steps:
        done = handle.block([step], timeout_s)
        (sample,) = done.samples
        outcome = Outcome(step.endpoint, cell, f"{step.method} {step.path}", sample.status, sample.error)
        if sample.error is None:
            (document,) = handle.responses([step.step])
            headers = (document or {}).get("headers") or {}
            endless = name_of(step.path) if step.endpoint in done.not_compared else None
            return replace(outcome, location=headers.get("location"), endless=endless)
        failed = failed or outcome
    assert failed is not None
    return failed


def without_failing(question: Resolved, first: FirstRequests) -> Resolved:
    """Return the question without the endpoints that fail in every cell.

    Args:
        question: The scenario at one of its profiles.
        first: The outcomes of the first requests.

    Raises:
        SubjectError: A login raises, or the endpoints that fail are most of the traffic; the message names all that is wrong.
    """
    scenario = question.scenario
    failing = first.failing
    if not failing:
        return question
    errors = {name: first.of(name)[0].error or "" for name in failing}
    weights = {e.name: e.weight for e in scenario.traffic.endpoints}
    logins = [name for name in failing if errors[name].startswith(LOGIN)]
    if logins or 2 * sum(weights[name] for name in failing) > sum(weights.values()):
        remarks = _grouped(first.remarks(scenario), errors)
        raise SubjectError(
            f"{len(failing)} of {len(first.endpoints)} endpoints fail in every cell: {'; '.join(remarks)}",
            where=scenario.source.where(("traffic", "endpoints")),
            hint=_hint(errors, bool(logins)),
        )
    kept = [
        endpoint.model_copy(update={"affects": [name for name in endpoint.affects if name not in failing]})
        for endpoint in scenario.traffic.endpoints
        if endpoint.name not in failing
    ]
    traffic = scenario.traffic.model_copy(update={"endpoints": kept})
    return replace(question, scenario=scenario.model_copy(update={"traffic": traffic}))


def _grouped(remarks: Iterable[str], errors: Mapping[str, str]) -> list[str]:
    """Return the remarks, with the endpoints that fail in the same way named behind the first of them."""
    firsts: dict[str, int] = {}
    grouped: list[str] = []
    for remark in remarks:
        name = remark.partition(":")[0]
        error = errors.get(name)
        if error is not None and error in firsts:
            grouped[firsts[error]] += f"{', ' if ' (so do ' in grouped[firsts[error]] else ' (so do '}{name}"
            continue
        if error is not None:
            firsts[error] = len(grouped)
        grouped.append(remark)
    return [f"{remark})" if " (so do " in remark else remark for remark in grouped]


def _hint(errors: Mapping[str, str], login: bool) -> str:
    if login:
        return "see `auth` in the scenario"
    if any(map(lacks_static_files, errors.values())):
        return (
            "DEBUG is off here, as in production: run `python manage.py collectstatic`, and `compress` or the build of the "
            "assets where the project has one"
        )
    return "DEBUG is off here, as in production; see the workers' logs in the run's folder"
