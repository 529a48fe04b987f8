"""Access logs as counts and times by endpoint and day. Of a request no more than its endpoint, day and time is kept."""

from __future__ import annotations

import statistics
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from perflab.run.scenario import Endpoint
from perflab.scenario.drafting.logs import Logged, read
from perflab.scenario.drafting.observed import Routes

DAY_S = 86_400
EPOCH = date(1970, 1, 1).toordinal()
# The last day that a date can name: a log may hold any number.
LAST_DAY = date.max.toordinal()


@dataclass(frozen=True, slots=True)
class DayFigures:
    """An endpoint's requests of one day: how many, and the mean and median of their times in seconds."""

    requests: int
    mean_s: float
    median_s: float


@dataclass
class Period:
    """What the logs of one period say.

    Attributes:
        endpoints: The figures of each endpoint, by day (UTC).
        requests: All requests by day, also those of no endpoint, that failed, or without a time.
        others: Requests of no endpoint.
        failed: Requests of an endpoint that were answered by an error, which take part in no time.
        untimed: Requests of an endpoint without a time or a moment.
        unreadable: Lines that are no request.
    """

    endpoints: dict[str, dict[date, DayFigures]] = field(default_factory=dict)
    requests: dict[date, int] = field(default_factory=dict)
    others: int = 0
    failed: int = 0
    untimed: int = 0
    unreadable: int = 0

    @property
    def timed(self) -> int:
        """The number of requests that have a time, and belong to an endpoint."""
        return sum(map(self.timed_of, self.endpoints))

    def timed_of(self, name: str) -> int:
        """Return the number of requests of an endpoint that have a time."""
        return sum(figures.requests for figures in self.endpoints.get(name, {}).values())


def read_period(files: Iterable[Path], endpoints: Sequence[Endpoint]) -> Period:
    """Return what access logs say, by endpoint and day. Takes 8 bytes of memory for each request.

    A day is one of UTC. Requests with a status of 400 or more do not count, unless the endpoint is meant to return it.

    Args:
        files: The logs, in any format that `perflab traffic` reads.
        endpoints: The endpoints of the run's scenario.

    Raises:
        InputError: A file cannot be read.
    """
    period, routes = Period(), Routes(endpoints)
    meant = {endpoint.name: endpoint.expects for endpoint in endpoints}
    times: dict[tuple[str, int], array[float]] = {}
    for file in files:
        for request in read(file):
            if request is None:
                period.unreadable += 1
                continue
            day = _day(request)
            if day is not None:
                on = date.fromordinal(day)
                period.requests[on] = period.requests.get(on, 0) + 1
            belongs = routes.match(request)
            if belongs is None:
                period.others += 1
            elif request.status >= 400 and request.status != meant[belongs[0]]:
                period.failed += 1
            elif day is None or request.seconds is None:
                period.untimed += 1
            else:
                times.setdefault((belongs[0], day), array("d")).append(request.seconds)
    for (name, day), seconds in sorted(times.items()):
        figures = DayFigures(len(seconds), statistics.fmean(seconds), statistics.median(seconds))
        period.endpoints.setdefault(name, {})[date.fromordinal(day)] = figures
    return period


def _day(request: Logged) -> int | None:
    if request.at_s is None:
        return None
    day = int(request.at_s // DAY_S) + EPOCH
    return day if 1 <= day <= LAST_DAY else None
