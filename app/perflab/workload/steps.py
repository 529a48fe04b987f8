"""What a trace consists of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal, Protocol

from perflab.run.tables import Row

Phase = Literal["warmup", "measured"]
Block = tuple["Step", ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One request. `path` carries the query string, `body` is JSON text, `user` the caller's key.

    `at_s`: when it happens, in the trace's own time. `affected_by`: the step of the write that it reads back.
    """

    round: int
    step: int
    block: int
    at_s: float
    phase: Phase
    endpoint: str
    method: str
    path: str
    body: str | None
    user: Any
    affected_by: int | None
    writes: bool
    headers: Mapping[str, str] = field(default_factory=dict)
    # Replayed by every cell though it is not measured: a check.
    everywhere: bool = False

    def as_row(self) -> Row:
        """The row of the trace table."""
        return {
            "round": self.round,
            "step": self.step,
            "block": self.block,
            "at_s": self.at_s,
            "phase": self.phase,
            "endpoint": self.endpoint,
            "method": self.method,
            "path": self.path,
            "body": self.body,
            "user": None if self.user is None else str(self.user),
            "affected_by": self.affected_by,
        }


class Source(Protocol):
    """What makes the blocks of one replay, one when it is asked for."""

    def blocks(self) -> Iterator[Block]:
        """The traffic, without an end."""
        ...

    def checks(self) -> Iterator[Block]:
        """The checks, which come after the traffic so far."""
        ...


@dataclass(frozen=True)
class Trace:
    """The Steps of one round, block after block without an end; who replays it takes as many as fit the time.

    Every `start` begins anew and yields the same blocks.
    """

    round: int
    start: Callable[[], Source]

    def blocks(self) -> Iterator[Block]:
        return self.start().blocks()

    def __iter__(self) -> Iterator[Block]:
        return self.blocks()

    def steps(self, blocks: int) -> list[Step]:
        """The Steps of the first so many blocks."""
        return [step for block in islice(self.blocks(), blocks) for step in block]
