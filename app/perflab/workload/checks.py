"""Checks: requests that look for wrong responses, which ordinary traffic would find only by luck.

A write is preceded by the reads that it affects, so that every cache holds the old response, and followed by the same reads.
Every read is made for two objects, by two callers, and with two values of each list (pages), and the first of them once more
at the end: a cache key that lacks the caller, the page or the object gives somebody the wrong response.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from perflab.scenario.models import Scenario
from perflab.scenario.traffic import Endpoint
from perflab.workload.draw import Drawer, Values
from perflab.workload.followups import followups
from perflab.workload.people import Population

# Numbers of the values to use: of the object, of whoever else takes part, and of each list, in this order.
VARIANTS = ((0, 1, 0), (0, 1, 1), (1, 2, 0), (0, 2, 0), (0, 1, 0))
# How many further objects are tried, at most, until one of them has a second page.
MAX_OBJECTS = 100


@dataclass(frozen=True, slots=True)
class Check:
    """Describe one request; `after_write` says that it reads back what the last write before it wrote."""

    endpoint: Endpoint
    values: Values
    after_write: bool = False


def checks(scenario: Scenario, population: Population, drawer: Drawer) -> Iterator[Check]:
    """Yield the writes, each between its reads, then every read by itself.

    Args:
        scenario: The scenario with its traffic.
        population: The users and rows of the round.
        drawer: The drawer of the round's traffic, so that what may be written only once is not written again.
    """
    endpoints = scenario.traffic.endpoints
    for write in (endpoint for endpoint in endpoints if endpoint.writes):
        values = drawer.draw(write)
        reads = followups(scenario, population, drawer, write, values)
        for read, read_values in reads:
            yield Check(read, read_values)
        yield Check(write, values)
        for read, read_values in reads:
            yield Check(read, read_values, after_write=True)
    for read in (endpoint for endpoint in endpoints if not endpoint.writes):
        for row, viewer, item in VARIANTS:
            yield Check(read, drawer.picked(read, row, viewer, item))


def later_pages(read: Endpoint, drawer: Drawer) -> Iterator[Check]:
    """Yield the first and the second page of further objects, for a read of which every later page so far was empty.

    Args:
        read: The endpoint.
        drawer: The drawer of the round's traffic.
    """
    objects = min((len(slot.rows) for slot in drawer.slots[read.name][:1]), default=0)
    for row in range(2, min(objects, MAX_OBJECTS)):
        for item in (0, 1):
            yield Check(read, drawer.picked(read, row, row + 1, item))
