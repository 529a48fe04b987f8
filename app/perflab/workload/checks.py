"""Checks: requests that look for wrong answers, where traffic as it comes would meet them by luck.

A write is preceded by the reads that it affects, so that every cache holds the old answer, and followed by them again. Every
read is asked for two things, by two callers, and with two values of each list (pages), the first of them once more at the
end: whoever has forgotten the caller, the page or the thing in a key gives somebody the wrong answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from perflab.scenario.models import Endpoint, Scenario
from perflab.workload.draw import Drawer, Values
from perflab.workload.followups import followups
from perflab.workload.people import Population

# Of what is asked about, of whoever else takes part, and of each list: the numbers of the values, in this order.
VARIANTS = ((0, 1, 0), (0, 1, 1), (1, 2, 0), (0, 2, 0), (0, 1, 0))


@dataclass(frozen=True, slots=True)
class Check:
    """One request. `after_write`: it reads back what the last write before it wrote."""

    endpoint: Endpoint
    values: Values
    after_write: bool = False


def checks(scenario: Scenario, population: Population, drawer: Drawer) -> Iterator[Check]:
    """Writes first, each with its reads, then the reads by themselves. The drawer is that of the traffic, so that what may be
    written once only is not written again.
    """
    endpoints = scenario.traffic.endpoints
    for write in (endpoint for endpoint in endpoints if endpoint.writes):
        values = drawer.draw(write)
        reads = followups(scenario, population, drawer, write, values)
        for read, known in reads:
            yield Check(read, known)
        yield Check(write, values)
        for read, known in reads:
            yield Check(read, known, after_write=True)
    for read in (endpoint for endpoint in endpoints if not endpoint.writes):
        for thing, viewer, item in VARIANTS:
            yield Check(read, drawer.picked(read, thing, viewer, item))
