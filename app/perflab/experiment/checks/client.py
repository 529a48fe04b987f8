"""The requests of further checks: made in some cells, and neither measured nor saved; only what they show is kept.

The simulated time stands still between them unless a check moves it, so that nothing expires and no response changes by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import count
from time import monotonic
from typing import Any, Protocol

from perflab.run.cells import OPTIMISED
from perflab.run.response import Document, Mask, masked
from perflab.scenario.models import Scenario
from perflab.scenario.traffic import Endpoint
from perflab.worker.protocol import Done
from perflab.workload.draw import Drawer, Values
from perflab.workload.people import Population
from perflab.workload.steps import Phase, Step

# The Steps of a trace have lower numbers.
FIRST_STEP = 1 << 24
GONE = (404, 410)


class CheckedWorker(Protocol):
    """Define what a further check needs of a worker."""

    def block(self, steps: Sequence[Step], timeout_s: float = ...) -> Done:
        """Execute Steps."""
        ...

    def responses(self, steps: Sequence[int]) -> list[Document | None]:
        """Return the responses to Steps of the last block, None for one that raised."""
        ...


class Traffic(Protocol):
    """Define what a further check needs of a round's traffic."""

    @property
    def scenario(self) -> Scenario:
        """Return the scenario."""
        ...

    @property
    def drawer(self) -> Drawer:
        """Return the drawer of the round's params."""
        ...

    @property
    def population(self) -> Population:
        """Return the users and rows of the round."""
        ...

    def placed(self, endpoint: Endpoint, values: Values, affected_by: int | None, block: int, phase: Phase) -> Step:
        """Return a request as a Step.

        Args:
            endpoint: The endpoint.
            values: A value for each of its params.
            affected_by: The Step whose write it has to show; None for none.
            block: The block.
            phase: The phase.
        """
        ...


@dataclass
class Shown:
    """Hold what one further check showed of an endpoint.

    Attributes:
        kind: The class of the finding that it looks for.
        endpoint: The endpoint.
        request: The request that shows it: method, path and user.
        cells: Whether each cell shows it; a cell that cannot tell is left out.
        detail: What explains it, of the first cell that shows it; its keys depend on the class.
    """

    kind: str
    endpoint: str
    request: Mapping[str, Any]
    cells: dict[str, bool] = field(default_factory=dict)
    detail: dict[str, Any] = field(default_factory=dict)

    def note(self, cell: str, shows: bool | None, **detail: Any) -> None:
        """Note whether a cell shows it.

        Args:
            cell: The cell.
            shows: Whether it does; None where it cannot tell.
            detail: What explains it; kept of the first cell that shows it.
        """
        if shows is None:
            return
        if shows and not any(self.cells.values()):
            self.detail = {"cell": cell, **detail}
        self.cells[cell] = shows

    def as_dict(self) -> dict[str, Any]:
        """Return it as run.json keeps it."""
        row = asdict(self)
        return {"class": row.pop("kind"), **row}


# The simulated seconds before and after a write. Caches that note when a table was written to (django-cachalot) take entries of
# the same moment for newer ones; no clock of a deployment stands still that long.
APART_S = 0.001


@dataclass
class CheckClient:
    """Make requests in cells and return their responses, without the places that vary by themselves.

    Attributes:
        traffic: The traffic of the round, whose params are used.
        workers: The worker of each cell.
        baseline: The cell that is sent a check first: the others are sent only what it shows to be possible.
        masks: Returns the masks of an endpoint.
        timeout_s: The longest that one request may take.
        at_s: The simulated time.
        budget_s: How long all further checks may take.
        clock: Seconds; tests replace it.
    """

    traffic: Traffic
    workers: Mapping[str, CheckedWorker]
    baseline: str
    masks: Callable[[str], Sequence[Mask]]
    timeout_s: float
    at_s: float = 0.0
    budget_s: float = float("inf")
    clock: Callable[[], float] = monotonic

    def __post_init__(self) -> None:
        self._numbers = count(FIRST_STEP)
        self._ends = self.clock() + self.budget_s

    def cells(self, *shown: Shown) -> Iterator[str]:
        """Yield the cells to send a check to: all_off and all_on, and the others if one of these shows the mistake.

        A switch whose cells show it shows it in all_on as well.

        Args:
            shown: What the check has shown so far.
        """
        ends = [cell for cell in (self.baseline, OPTIMISED) if cell in self.workers]
        yield from ends
        if any(any(each.cells.values()) for each in shown):
            yield from (cell for cell in self.workers if cell not in ends)

    @property
    def reads(self) -> list[Endpoint]:
        """Return the endpoints that only read, and are meant to succeed."""
        endpoints = self.traffic.scenario.traffic.endpoints
        return [endpoint for endpoint in endpoints if not endpoint.writes and endpoint.expects is None]

    @property
    def writes(self) -> list[Endpoint]:
        """Return the endpoints that write, and are meant to succeed."""
        endpoints = self.traffic.scenario.traffic.endpoints
        return [endpoint for endpoint in endpoints if endpoint.writes and endpoint.expects is None]

    @property
    def has_time(self) -> bool:
        """Whether the budget allows another check."""
        return self.clock() < self._ends

    def step(self, endpoint: Endpoint, values: Values, **changes: Any) -> Step:
        """Return a request of an endpoint, at the present time; time passes before and after a write.

        Args:
            endpoint: The endpoint.
            values: A value for each of its params.
            changes: Fields of the Step that are changed.
        """
        if not endpoint.writes:
            return self.again(self.traffic.placed(endpoint, values, None, 0, "check"), **changes)
        self.wait(APART_S)
        step = self.again(self.traffic.placed(endpoint, values, None, 0, "check"), **changes)
        self.wait(APART_S)
        return step

    def again(self, step: Step, **changes: Any) -> Step:
        """Return the same request once more, at the present time.

        Args:
            step: The request.
            changes: Fields that are changed.
        """
        return replace(step, **{"step": next(self._numbers), "at_s": self.at_s, **changes})

    def wait(self, seconds: float) -> None:
        """Move the simulated time of the next requests."""
        self.at_s += seconds

    def send(self, cell: str, *steps: Step) -> list[Document | None]:
        """Make requests in a cell, one after the other; return their responses, None for one that failed."""
        return self.send_to(self.workers[cell], *steps)

    def send_to(self, worker: CheckedWorker, *steps: Step) -> list[Document | None]:
        """Make requests in any worker, one after the other; return their responses, None for one that failed."""
        worker.block(steps, self.timeout_s)
        documents = worker.responses([step.step for step in steps])
        return [
            None if document is None else masked(document, self.masks(step.endpoint))
            for step, document in zip(steps, documents, strict=True)
        ]


def request_of(step: Step) -> dict[str, Any]:
    """Return a request as somebody would repeat it."""
    return {"method": step.method, "path": step.path, "user": None if step.user is None else str(step.user)}


def succeeded(document: Document | None) -> bool:
    """Return whether a request has a response with a content."""
    return document is not None and 200 <= document["status"] < 300


def is_gone(document: Document | None) -> bool:
    """Return whether a response says that there is nothing."""
    return document is not None and document["status"] in GONE


def same_content(one: Document | None, other: Document | None) -> bool:
    """Return whether two responses have the same status and body, whatever their headers are."""
    if one is None or other is None:
        return False
    return (one["status"], one["body"]) == (other["status"], other["body"])
