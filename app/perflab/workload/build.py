"""Population -> Trace: pure and lazy, a block is generated on demand.

Endpoints are drawn by their weights, at the times of a Poisson process. A write is followed at once by the reads of what it
affects that its `read_back` names; each of these replaces a later draw of its endpoint, so that the mix stays that of the
weights. A write and its reads stay in one block, so that a trace cut after any block reads every write back.

Rounds ask for the same mix: of each hundred draws, as many are of an endpoint as its weight says, in random order.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, count

from perflab.scenario.keys.profile import Profile
from perflab.scenario.models import Scenario
from perflab.scenario.placeholders import fill_path
from perflab.scenario.traffic import Endpoint
from perflab.workload.bodies import body_of, headers_of
from perflab.workload.checks import Check, checks, later_pages
from perflab.workload.draw import Drawer, Stratified, Values
from perflab.workload.followups import followups, read_back
from perflab.workload.people import Population
from perflab.workload.steps import Block, Phase, Step, Trace

# The number of writes that may wait for a block with room for their reads; further ones are placed at once.
MAX_WAITING = 20
# Of so many draws in a row, each endpoint has its exact share.
DRAWS = 100


def build(scenario: Scenario, profile: Profile, seed: int, round: int, population: Population) -> Trace:
    """Build the Trace of one round that nothing goes before; the same arguments give the same Trace in any process.

    Args:
        scenario: The scenario with its traffic.
        profile: Run size: block length and number of warm-up blocks.
        seed: Seed of the run.
        round: Number of the round, from 1.
        population: The users and rows of the run.
    """
    return Trace(round, lambda: Builder(scenario, profile, seed, round, population))


def first_requests(
    scenario: Scenario, profile: Profile, seed: int, population: Population, tries: int
) -> Mapping[str, list[Step]]:
    """Return a few requests of each endpoint, by its name: what is drawn first, reads before writes.

    Args:
        scenario: The scenario with its traffic.
        profile: Run size.
        seed: Seed of the run.
        population: The users and rows of a round.
        tries: How many requests of each endpoint.
    """
    builder = Builder(scenario, profile, seed, 0, population)
    return {
        endpoint.name: [
            builder.placed(endpoint, builder.drawer.draw(endpoint), None, 0, "warmup") for _ in range(tries)
        ]
        for endpoint in sorted(scenario.traffic.endpoints, key=lambda endpoint: endpoint.writes)
    }


@dataclass(frozen=True, slots=True)
class _Request:
    """Hold a request that has no place in the trace yet; a write carries the reads that follow it."""

    endpoint: Endpoint
    values: Values
    reads: Sequence[tuple[Endpoint, Values]] = ()


class Builder:
    """Build the requests of one round.

    Args:
        scenario: The scenario with its traffic.
        profile: Run size: block length and number of warm-up blocks.
        seed: Seed of the run.
        round: Number of the round, from 1; 0 is the traffic before all rounds.
        population: The users and rows of the run.
    """

    def __init__(self, scenario: Scenario, profile: Profile, seed: int, round: int, population: Population) -> None:
        self.scenario = scenario
        self.profile = profile
        self.seed = seed
        self.round = round
        self.rng = random.Random(f"{seed}:{round}:trace")
        self.drawer = Drawer(scenario, population, self.rng)
        self.population = population
        self.endpoints = scenario.traffic.endpoints
        self.cumulative = list(accumulate(e.weight for e in self.endpoints))
        self.stratified = Stratified(self.rng, DRAWS)
        self.ahead: dict[str, int] = {}  # reads after writes, which replace later draws of their endpoint
        # By the endpoint, how many of its writes are due to be read back, and a fraction.
        self.shares: dict[str, float] = {}
        self.waiting: deque[_Request] = deque()
        self.due: deque[tuple[Endpoint, Values, int]] = deque()
        self.step = 0
        self.at_s = 0.0
        self.made = 0

    def future(self, round: int) -> Builder:
        """Return the builder of a round that continues this traffic: later, and without rows that may be used only once.

        Args:
            round: Number of the round, from 1; each has a future of its own.
        """
        future = Builder(self.scenario, self.profile, self.seed, round, self.population)
        future.ahead, future.waiting, future.at_s = dict(self.ahead), deque(self.waiting), self.at_s
        future.drawer.taken = {name: set(rows) for name, rows in self.drawer.taken.items()}
        return future

    def before(self, until_s: float) -> Iterator[Block]:
        """Yield blocks of traffic until this time of the trace.

        Args:
            until_s: The time; the last block may end after it.
        """
        while self.at_s < until_s:
            self.made += 1
            yield self.block(self.made - 1, "warmup")

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks of the traffic, without end; the first one of a warm-up has a request of each endpoint."""
        for number in count():
            phase: Phase = "warmup" if number < self.profile.warmup_blocks else "measured"
            self.made = number + 1
            first = self.each_endpoint() if number == 0 and phase == "warmup" else ()
            yield self.block(number, phase, first)

    def each_endpoint(self) -> Iterator[_Request]:
        """Yield a request of each endpoint, reads first: a process needs longer for the first one of its kind."""
        for endpoint in sorted(self.endpoints, key=lambda endpoint: endpoint.writes):
            yield _Request(endpoint, self.drawer.draw(endpoint))

    def checks(self) -> Iterator[Block]:
        """Yield the blocks of checks, numbered after those that `blocks` generated so far."""
        yield from self.of_checks(checks(self.scenario, self.population, self.drawer))

    def later_pages(self, endpoint: str) -> Iterator[Block]:
        """Yield further blocks of checks: the first and the second page of other objects."""
        yield from self.of_checks(later_pages(self.scenario.endpoint(endpoint), self.drawer))

    def again(self, steps: Sequence[Step]) -> Iterator[Block]:
        """Yield a block of checks, if there are any: these requests of the trace once more."""
        made: list[Step] = []
        for step in steps:
            made.append(
                replace(step, step=self.step, block=self.made, at_s=self.next_s(), phase="check", affected_by=None)
            )
            self.step += 1
        if made:
            self.made += 1
            yield tuple(made)

    def of_checks(self, requests: Iterable[Check]) -> Iterator[Block]:
        """Yield the blocks of these checks."""
        steps: list[Step] = []
        write: int | None = None
        for check in requests:
            written = write if check.after_write else None
            step = self.placed(check.endpoint, check.values, written, self.made, "check")
            steps.append(step)
            write = step.step if step.writes else write
            if len(steps) == self.profile.block:
                self.made += 1
                yield tuple(steps)
                steps = []
        if steps:
            self.made += 1
            yield tuple(steps)

    def block(self, number: int, phase: Phase, first: Iterable[_Request] = ()) -> Block:
        """Generate one block.

        Args:
            number: Its number.
            phase: Its phase.
            first: The requests with which it begins; the block is longer if there are more of them than fit.
        """
        steps = [self.placed(request.endpoint, request.values, None, number, phase) for request in first]
        while len(steps) < self.profile.block:
            if self.due:
                steps.append(self.placed(*self.due.popleft(), number, phase))
                continue
            request = self.next_request(self.profile.block - len(steps))
            steps.append(self.placed(request.endpoint, request.values, None, number, phase))
            self.due.extend((endpoint, values, steps[-1].step) for endpoint, values in request.reads)
        return tuple(steps)

    def next_request(self, room: int) -> _Request:
        """Return the next request that fits, with the reads after it, into the `room` left in the block."""
        while True:
            if self.waiting and (self.fits(self.waiting[0], room) or len(self.waiting) > MAX_WAITING):
                return self.waiting.popleft()
            request = self.drawn()
            if self.fits(request, room):
                return request
            self.waiting.append(request)

    def fits(self, request: _Request, room: int) -> bool:
        """Say whether a request and its reads fit; one that is longer than a whole block fits an empty one."""
        return 1 + len(request.reads) <= room or room == self.profile.block

    def drawn(self) -> _Request:
        """Draw a request, with the reads after it."""
        endpoint = self.drawn_endpoint()
        while self.ahead.get(endpoint.name, 0) > 0:
            self.ahead[endpoint.name] -= 1
            endpoint = self.drawn_endpoint()
        values = self.drawer.draw(endpoint)
        every = followups(self.scenario, self.population, self.drawer, endpoint, values)
        reads = read_back(endpoint, values, every) if self.is_read_back(endpoint) else ()
        for read, _ in reads:
            self.ahead[read.name] = self.ahead.get(read.name, 0) + 1
        return _Request(endpoint, values, reads)

    def is_read_back(self, write: Endpoint) -> bool:
        """Say whether the next write of an endpoint is read back: by systematic sampling of the share where it has one."""
        if isinstance(write.read_back, str):
            return True
        if write.name not in self.shares:  # a generator of its own: whoever has no share gets the traffic that it had
            self.shares[write.name] = random.Random(f"{self.seed}:{self.round}:read back {write.name}").random()
        before = self.shares[write.name]
        self.shares[write.name] = before + write.read_back
        return int(self.shares[write.name]) > int(before)

    def drawn_endpoint(self) -> Endpoint:
        """Draw an endpoint by its weight; one of weight 0 is never drawn."""
        index = bisect_right(self.cumulative, self.stratified.draw() * self.cumulative[-1])
        return self.endpoints[min(index, len(self.endpoints) - 1)]

    def placed(self, endpoint: Endpoint, values: Values, affected_by: int | None, block: int, phase: Phase) -> Step:
        """Give a request its number and its time.

        Args:
            endpoint: The endpoint to request.
            values: A value for each of its params.
            affected_by: The step of the write that this request reads back, or None.
            block: Number of the block.
            phase: Phase of the block.
        """
        at_s = self.next_s()
        body, content_type = body_of(endpoint, values)
        step = Step(
            round=self.round,
            step=self.step,
            block=block,
            at_s=at_s,
            phase=phase,
            endpoint=endpoint.name,
            method=endpoint.method,
            path=fill_path(endpoint.path, values),
            body=body,
            user=None if endpoint.as_ is None else values[endpoint.as_],
            affected_by=affected_by,
            writes=endpoint.writes,
            headers=headers_of(endpoint, values, content_type),
            auth=endpoint.auth,
            csrf=endpoint.csrf,
        )
        self.step += 1
        return step

    def next_s(self) -> float:
        """Return the time of the next request; the gaps of a Poisson process are exponential."""
        self.at_s += -math.log(1.0 - self.rng.random()) / self.scenario.traffic.rate_per_s
        return self.at_s
