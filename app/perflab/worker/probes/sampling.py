"""Samples what a process does: pyinstrument looks at the stack again and again, and says how long it was since the last look.

It looks when a function is called or returns, so that a call that waits for a server is one sample as long as the wait.
That slows Python code; where the time goes is what it tells, not how much there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Self

from perflab.worker.probes.stacks import Frame, Stacks

# How pyinstrument writes a frame: function, file and first line, then attributes by a letter; `l` is the line it is at.
FIELD, ATTRIBUTE, LINE = "\x00", "\x01", "l"


@dataclass(frozen=True, slots=True)
class Look:
    """One look: when, on the clock of `perf_counter`, how long after the one before, and the stack, innermost first."""

    at_s: float
    seconds: float
    stack: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """When a request of an endpoint ran, on the same clock."""

    endpoint: str
    began_s: float
    ended_s: float


@dataclass(frozen=True, slots=True)
class Seen:
    """One sample of an endpoint's request: its part, the line of the project's (None: no such frame), how long it stands for."""

    endpoint: str
    part: str
    source: str | None
    seconds: float


class Sampler:
    """As a context manager it samples this thread; `looks` has what it saw, once it has ended."""

    def __init__(self, interval_s: float) -> None:
        self.interval_s = interval_s
        self._records: list[tuple[list[str], float]] = []
        self._began_s = 0.0
        self._profiler: Any = None

    def __enter__(self) -> Self:
        from pyinstrument import Profiler  # 0.1 s, and no worker needs it but this pass's

        self._profiler = Profiler(interval=self.interval_s, async_mode="disabled")
        self._profiler.start()
        self._began_s = perf_counter()
        return self

    def __exit__(self, *error: object) -> None:
        self._records = self._profiler.stop().frame_records

    def looks(self) -> Iterator[Look]:
        at_s = self._began_s
        for stack, seconds in self._records:
            at_s += seconds
            yield Look(at_s, seconds, tuple(frame_of(text) for text in reversed(stack)))


def frame_of(text: str) -> Frame:
    """A frame as pyinstrument writes it."""
    identifier, *attributes = text.split(ATTRIBUTE)
    function, path, _ = identifier.split(FIELD)
    line = next((int(attribute[1:]) for attribute in attributes if attribute.startswith(LINE)), None)
    return Frame(function, path, line)


def seen(looks: Iterable[Look], spans: Sequence[Span], stacks: Stacks) -> Iterator[Seen]:
    """The samples of requests; both in the order of time. What lies between two requests belongs to none.

    A request's first sample reaches back before it, and what follows its last one is lost: as much in the mean, for a request
    begins anywhere between two looks.
    """
    coming = iter(spans)
    span = next(coming, None)
    for look in looks:
        while span is not None and span.ended_s < look.at_s:
            span = next(coming, None)
        if span is None:
            return
        part = stacks.part(look.stack) if look.at_s >= span.began_s else None
        if part is not None:
            yield Seen(span.endpoint, part, stacks.line(look.stack), look.seconds)
