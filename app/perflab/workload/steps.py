"""Steps, blocks and traces: the requests of one round, in order.

A Step is also what a worker is sent, so this module imports nothing heavy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, takewhile
from typing import Any, Literal, Protocol

from perflab.run.tables import Row

Phase = Literal["warmup", "measured", "check"]
Block = tuple["Step", ...]


@dataclass(frozen=True, slots=True)
class Step:
    """Describe one request of a trace.

    Attributes:
        round: Number of the round, from 1.
        step: Number of the request in its round, from 0.
        block: Number of the block in its round, from 0.
        at_s: When it happens, in the trace's own time.
        phase: `warmup`, `measured`, or `check`: a request that is not measured and looks for a wrong response.
        endpoint: Name of the endpoint in the scenario.
        method: HTTP method.
        path: Path with its query string.
        body: The body, as text or as bytes, or None.
        user: Key of the caller, or None.
        affected_by: The step of the write that this one reads back, or None.
        writes: Whether the endpoint writes.
        headers: Request headers beside those of the caller.
        auth: How the caller logs in, where it is not the subject's way.
        csrf: Whether the request may carry a CSRF cookie and header.
    """

    round: int
    step: int
    block: int
    at_s: float
    phase: Phase
    endpoint: str
    method: str
    path: str
    body: str | bytes | None
    user: Any
    affected_by: int | None
    writes: bool
    headers: Mapping[str, str] = field(default_factory=dict)
    auth: str | None = None
    csrf: bool = True

    @property
    def is_measured(self) -> bool:
        """Whether the analysis uses this request's times."""
        return self.phase == "measured"

    @property
    def is_check(self) -> bool:
        """Whether this request only looks for a wrong response; every cell replays it, whatever its caches."""
        return self.phase == "check"

    def as_row(self) -> Row:
        """Return the row of the trace table."""
        return {
            "round": self.round,
            "step": self.step,
            "block": self.block,
            "at_s": self.at_s,
            "phase": self.phase,
            "endpoint": self.endpoint,
            "method": self.method,
            "path": self.path,
            "body": self.body.decode(errors="backslashreplace") if isinstance(self.body, bytes) else self.body,
            "user": None if self.user is None else str(self.user),
            "affected_by": self.affected_by,
        }


class BlockSource(Protocol):
    """Generate the blocks of one replay, each on demand."""

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks of the traffic, without end."""
        ...

    def checks(self) -> Iterator[Block]:
        """Yield the blocks of checks, numbered after the traffic generated so far."""
        ...

    def later_pages(self, endpoint: str) -> Iterator[Block]:
        """Yield further blocks of checks: the first and the second page of other objects."""
        ...

    def again(self, steps: Sequence[Step]) -> Iterator[Block]:
        """Yield a block of checks, if there are any: these requests of the trace once more."""
        ...


@dataclass(frozen=True)
class Trace:
    """Hold the Steps of one round, block after block without end; a replay takes as many as fit its time.

    Every `start` begins anew and yields the same blocks.
    """

    round: int
    start: Callable[[], BlockSource]

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks of the traffic from the beginning, without end."""
        return self.start().blocks()

    def __iter__(self) -> Iterator[Block]:
        return self.blocks()

    def steps(self, blocks: int) -> list[Step]:
        """Return the Steps of the first `blocks` blocks."""
        return [step for block in islice(self.blocks(), blocks) for step in block]

    def picked(self, numbers: Sequence[int]) -> list[Step]:
        """Return the Steps with these numbers, in order; generates the trace once more, as far as the last of them."""
        if not numbers:
            return []
        wanted, last = set(numbers), max(numbers)
        blocks = takewhile(lambda block: block[0].step <= last, self)
        return [step for block in blocks for step in block if step.step in wanted]
