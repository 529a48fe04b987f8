"""Later pages: whether the checks of an endpoint's other pages saw any row. An empty page shows no row too many."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from perflab.run.response import Document
from perflab.scenario.traffic import Endpoint
from perflab.workload.steps import Step

GONE = (404, 410)
PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass
class LaterPages:
    """Count the requests of each read for another value of a list param than the first, and those with an empty response.

    Attributes:
        endpoints: The scenario's endpoints.
        requested: How many such requests were made, by the endpoint.
        empty: How many of them returned no row.
    """

    endpoints: Sequence[Endpoint]
    requested: dict[str, int] = field(default_factory=dict)
    empty: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        reads = (each for each in self.endpoints if not each.writes and each.expects not in GONE)
        self._later = {endpoint.name: later for endpoint in reads if (later := _later_paths(endpoint)) is not None}

    def look(self, steps: Sequence[Step], responses: Callable[[Sequence[int]], list[Document | None]]) -> None:
        """Look at the baseline's responses to the later pages among these Steps.

        Args:
            steps: The Steps of the last block.
            responses: Returns the baseline's responses to Steps.
        """
        later = [step for step in steps if step.endpoint in self._later and self._later[step.endpoint](step.path)]
        if not later:
            return
        for step, document in zip(later, responses([step.step for step in later]), strict=True):
            if document is not None:
                self.requested[step.endpoint] = self.requested.get(step.endpoint, 0) + 1
                self.empty[step.endpoint] = self.empty.get(step.endpoint, 0) + is_empty(document)

    def unseen(self) -> list[str]:
        """Return the endpoints of which every later page that was requested is empty."""
        return [name for name, count in self.requested.items() if count == self.empty[name]]

    def as_dict(self) -> dict[str, dict[str, int]]:
        """Return the counts by endpoint, as run.json keeps them."""
        return {name: {"requested": count, "empty": self.empty[name]} for name, count in self.requested.items()}


def is_empty(document: Document) -> bool:
    """Return whether a response has no row: it is not found, or all its lists are empty. A text's rows are unknown."""
    if document["status"] in GONE:
        return True
    lists = list(_lists(document["body"]))
    return bool(lists) and not any(lists)


def _lists(body: Any, depth: int = 0) -> list[list[Any]]:
    if isinstance(body, list):
        return [body]
    if not isinstance(body, dict) or depth > 1:
        return []
    return [each for value in body.values() for each in _lists(value, depth + 1)]


def _later_paths(endpoint: Endpoint) -> Callable[[str], bool] | None:
    """Return a test for paths with another value of a list param than its first; None where the path has no such param."""
    first = {
        name: quote(str(source[0]), safe="")
        for name, source in endpoint.params.items()
        if isinstance(source, list) and len(source) > 1 and f"{{{name}}}" in endpoint.path
    }
    if not first:
        return None
    parts = PLACEHOLDER.split(endpoint.path)
    names = parts[1::2]
    pattern = re.compile("".join("([^/?&]*)" if index % 2 else re.escape(part) for index, part in enumerate(parts)))

    def is_later(path: str) -> bool:
        match = pattern.fullmatch(path)
        return match is not None and any(
            name in first and value != first[name] for name, value in zip(names, match.groups(), strict=True)
        )

    return is_later
