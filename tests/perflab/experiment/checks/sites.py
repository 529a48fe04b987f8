"""A small site in place of the workers: what it responds is a function, and what it has kept or written is its state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from perflab.experiment.checks.client import CheckClient
from perflab.run.response import Document, Mask
from perflab.scenario.models import Scenario
from perflab.worker.protocol import Done
from perflab.workload.build import Builder
from perflab.workload.steps import Step
from tests.perflab.workload.hamlet import hamlet, marketplace

BASE = marketplace()
CELLS = ("caching", "all_off", "all_on", "twin", "twin_off")
CACHING = ("caching", "all_on", "twin")
# Where neither of these shows a mistake, no other cell is asked.
ENDS = ("all_off", "all_on")


@dataclass
class Site:
    """A worker of one cell. `respond` returns a body, or a status with a body, or both with headers."""

    respond: Callable[[Site, Step], Any]
    caches: bool = False
    state: dict[Any, Any] = field(default_factory=dict)
    requested: list[Step] = field(default_factory=list)
    _documents: dict[int, Document | None] = field(default_factory=dict)

    def block(self, steps: Sequence[Step], timeout_s: float = 1.0) -> Done:
        self._documents = {}
        for step in steps:
            self.requested.append(step)
            self._documents[step.step] = document(self.respond(self, step))
        return Done([])

    def responses(self, steps: Sequence[int]) -> list[Document | None]:
        return [self._documents[step] for step in steps]

    def kept(self, key: Any, compute: Callable[[], Any]) -> Any:
        """What the cell's cache has; computed each time in a cell without one."""
        if not self.caches:
            return compute()
        if key not in self.state:
            self.state[key] = compute()
        return self.state[key]


def document(response: Any) -> Document | None:
    """A response as a worker sends it; None where the site raised."""
    if response is None:
        return None
    status, body, headers = (*(response if isinstance(response, tuple) else (200, response)), {})[:3]
    return {"status": status, "headers": headers, "body": body}


def endpoint(name: str, path: str, method: str = "GET", **more: Any) -> dict[str, Any]:
    return {"name": name, "method": method, "path": path, "weight": 1, **more}


def client_of(
    respond: Callable[[Site, Step], Any],
    *endpoints: dict[str, Any],
    masks: Callable[[str], Sequence[Mask]] = lambda name: (),
    cells: Iterable[str] = CELLS,
    **more: Any,
) -> CheckClient:
    """The client of a round of these endpoints, in cells of which some have a cache."""
    text = {**BASE.as_dict(), "claims": []}
    text["traffic"] = {**text["traffic"], "endpoints": list(endpoints)}
    scenario = Scenario.model_validate(text)
    traffic = Builder(scenario, scenario.profiles["smoke"], 1, 1, hamlet(scenario))
    sites = {cell: Site(respond, cell in CACHING) for cell in cells}
    return CheckClient(traffic, sites, "all_off", masks, 1.0, **more)


def number_of(path: str) -> int:
    """The last number in a path, its query left out."""
    return int(path.partition("?")[0].rstrip("/").rpartition("/")[2])
