"""What logged requests say of a scenario's traffic: how often each endpoint is requested, how skewed, how fast.

Only weights and shapes are kept: of the values in paths no more than how often each of them occurs.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from perflab.scenario.drafting.logs import Logged
from perflab.scenario.drafting.visits import Visits

# Popularity is fitted to endpoints with so many requests, and so many of each value on average: fewer look skewed by chance.
MIN_REQUESTS, MIN_PER_VALUE = 200, 5
MAX_ZIPF = 3.0
# So many different values of an endpoint, and so many different forms of other paths, are counted; further ones are not.
MAX_VALUES, MAX_FORMS = 2_000_000, 20_000
_PARAM = re.compile(r"\{\w+\}")
_VALUE = re.compile(r"^\d+$|^[0-9a-fA-F-]{16,}$|^(?=.*\d)[\w.-]{9,}$|.{41,}")


@dataclass
class Seen:
    """What was logged of one endpoint.

    Attributes:
        requests: How many requests.
        failed: How many of them were answered by 4xx or 5xx.
        values: How often each combination of values occurs, by its hash.
    """

    requests: int = 0
    failed: int = 0
    values: Counter[int] = field(default_factory=Counter)


@dataclass
class Observed:
    """What was logged of all endpoints.

    Attributes:
        endpoints: By name.
        others: How often requests of no endpoint occur, by method and form of the path.
        unreadable: Lines that are no request.
        first_s: The first moment; None where none is told.
        last_s: The last one.
        visits: What the same clients requested next.
    """

    endpoints: dict[str, Seen]
    visits: Visits
    others: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0
    first_s: float | None = None
    last_s: float | None = None

    @property
    def resolved(self) -> int:
        """The number of requests that belong to an endpoint."""
        return sum(seen.requests for seen in self.endpoints.values())

    @property
    def rate_per_s(self) -> float | None:
        """Requests of the scenario's endpoints per second, over the whole time of the logs; None where that is unknown."""
        if self.first_s is None or self.last_s is None or self.last_s <= self.first_s:
            return None
        return self.resolved / (self.last_s - self.first_s)


class Route(Protocol):
    """What requests belong to: an endpoint of a scenario, or as run.json keeps it."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def method(self) -> str:
        """The HTTP method."""

    @property
    def path(self) -> str:
        """The path, with {placeholders}."""

    @property
    def affects(self) -> Sequence[str]:
        """The endpoints that read what it writes."""


class Routes:
    """The endpoints by which requests are told apart: their paths decide, those with fewer params first."""

    def __init__(self, endpoints: Sequence[Route]) -> None:
        self._patterns = _patterns(endpoints)

    def match(self, request: Logged) -> tuple[str, re.Match[str]] | None:
        """Return the endpoint's name and the match of its path; None for a request of no endpoint."""
        for name, expression in self._patterns.get((request.method, request.path.count("/")), ()):
            match = expression.fullmatch(request.path)
            if match is not None:
                return name, match
        return None


def observe(requests: Iterable[Logged | None], endpoints: Sequence[Route]) -> Observed:
    """Count logged requests by endpoint. Memory grows with the number of different values.

    Args:
        requests: The requests; None is a line that is none.
        endpoints: The scenario's endpoints: their paths decide, those with fewer params first.
    """
    affects = {endpoint.name: frozenset(endpoint.affects) for endpoint in endpoints if endpoint.affects}
    made = Observed({endpoint.name: Seen() for endpoint in endpoints}, Visits(affects))
    routes = Routes(endpoints)
    for request in requests:
        if request is None:
            made.unreadable += 1
            continue
        if request.at_s is not None:
            made.first_s = request.at_s if made.first_s is None else min(made.first_s, request.at_s)
            made.last_s = request.at_s if made.last_s is None else max(made.last_s, request.at_s)
        belongs = routes.match(request)
        if belongs is not None:
            name, match = belongs
            seen = made.endpoints[name]
            seen.requests += 1
            seen.failed += request.status >= 400
            if request.client is not None and request.at_s is not None:
                made.visits.add(request.client, name, request.at_s, request.seconds or 0.0, request.status < 400)
            value = hash(match.groups())
            if match.lastindex and (value in seen.values or len(seen.values) < MAX_VALUES):
                seen.values[value] += 1
            continue
        form = f"{request.method} {form_of(request.path)}"
        if form in made.others or len(made.others) < MAX_FORMS:
            made.others[form] += 1
        else:
            made.others["other forms"] += 1
    return made


def _patterns(endpoints: Sequence[Route]) -> dict[tuple[str, int], list[tuple[str, re.Pattern[str]]]]:
    made: dict[tuple[str, int], list[tuple[str, re.Pattern[str]]]] = {}
    for endpoint in sorted(endpoints, key=lambda each: len(_PARAM.findall(each.path.partition("?")[0]))):
        path = endpoint.path.partition("?")[0]
        expression = "".join(
            "([^/]+)" if _PARAM.fullmatch(part) else re.escape(part) for part in re.split(r"(\{\w+\})", path)
        )
        made.setdefault((endpoint.method, path.count("/")), []).append((endpoint.name, re.compile(expression)))
    return made


def form_of(path: str) -> str:
    """Return a path without values: /users/17/posts is /users/…/posts."""
    return "/".join("…" if _VALUE.search(part) else part for part in path[:200].split("/"))


def zipf_of(counts: Iterable[int]) -> float | None:
    """Return the exponent of the power law that fits how often values occur; None where too few are known.

    The maximum likelihood estimate of s in P(rank k) ~ k ** -s over as many ranks as there are values (Clauset, Shalizi and
    Newman, SIAM Review 2009, for the discrete case), by bisection of the derivative, which falls in s.

    Args:
        counts: How often each value occurs.
    """
    ordered = sorted(counts, reverse=True)
    total, size = sum(ordered), len(ordered)
    if total < MIN_REQUESTS or size < 2 or total < MIN_PER_VALUE * size:
        return None
    logs = [math.log(rank) for rank in range(1, size + 1)]
    mean = sum(count * log for count, log in zip(ordered, logs, strict=True)) / total
    low, high = 0.0, MAX_ZIPF
    for _ in range(30):
        middle = (low + high) / 2
        weights = [math.exp(-middle * log) for log in logs]
        expected = sum(weight * log for weight, log in zip(weights, logs, strict=True)) / sum(weights)
        low, high = (middle, high) if expected > mean else (low, middle)
    return (low + high) / 2


def popularity(observed: Observed) -> float | None:
    """Return one exponent for all endpoints: the mean of theirs by their requests; None where none can be fitted."""
    fitted = [(seen.requests, zipf_of(seen.values.values())) for seen in observed.endpoints.values()]
    there = [(requests, exponent) for requests, exponent in fitted if exponent is not None]
    total = sum(requests for requests, _ in there)
    return sum(requests * exponent for requests, exponent in there) / total if total else None
