"""Samples of the call stack: pyinstrument records the stack repeatedly, with the time since the last sample.

It samples when a function is called or returns, so that a call that waits for a server is one sample as long as the wait.
That slows Python code down: the samples show how time is distributed, not how much there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

from perflab.worker.probes.stacks import Frame, Stacks

if TYPE_CHECKING:
    from typing import Self  # Python 3.11

# How pyinstrument writes a frame: function, file and first line, then attributes by a letter; `l` is the line it is at.
FIELD, ATTRIBUTE, LINE = "\x00", "\x01", "l"


@dataclass(frozen=True, slots=True)
class StackSample:
    """Hold one sample: when it was taken on the monotonic clock, how long after the last one, and the stack, innermost first."""

    at_s: float
    seconds: float
    stack: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class RequestWindow:
    """Say when a request of an endpoint ran, on the monotonic clock."""

    endpoint: str
    began_s: float
    ended_s: float


@dataclass(frozen=True, slots=True)
class AttributedSample:
    """Hold one sample of an endpoint's request: the part, the project's source line or None, and the seconds it stands for."""

    endpoint: str
    part: str
    source: str | None
    seconds: float


class Sampler:
    """Sample this thread, as a context manager; afterwards `samples` yields the samples.

    Args:
        interval_s: Time between two samples.
    """

    def __init__(self, interval_s: float) -> None:
        self.interval_s = interval_s
        self._records: list[tuple[list[str], float]] = []
        self._began_s = 0.0
        self._profiler: Any = None

    def __enter__(self) -> Self:
        from pyinstrument import Profiler  # 0.1 s, and only the profiled worker needs it

        self._profiler = Profiler(interval=self.interval_s, async_mode="disabled")
        self._profiler.start()
        self._began_s = monotonic()
        return self

    def __exit__(self, *error: object) -> None:
        self._records = self._profiler.stop().frame_records

    def samples(self) -> Iterator[StackSample]:
        """Yield the samples in the order of time."""
        at_s = self._began_s
        for stack, seconds in self._records:
            at_s += seconds
            yield StackSample(at_s, seconds, tuple(frame_of(text) for text in reversed(stack)))


def frame_of(text: str) -> Frame:
    """Parse a frame as pyinstrument writes it."""
    identifier, *attributes = text.split(ATTRIBUTE)
    function, path, _ = identifier.split(FIELD)
    line = next((int(attribute[1:]) for attribute in attributes if attribute.startswith(LINE)), None)
    return Frame(function, path, line)


def attributed(
    samples: Iterable[StackSample], windows: Sequence[RequestWindow], stacks: Stacks
) -> Iterator[AttributedSample]:
    """Yield the samples that were taken during a request, attributed to its endpoint.

    A request's first sample reaches back before it, and the time after its last one is lost: as much on average, because a
    request begins anywhere between two samples.

    Args:
        samples: In the order of time.
        windows: When the requests ran, in the order of time.
        stacks: Says which part of the system a stack belongs to.
    """
    remaining = iter(windows)
    window = next(remaining, None)
    for sample in samples:
        while window is not None and window.ended_s < sample.at_s:
            window = next(remaining, None)
        if window is None:
            return
        part = stacks.part(sample.stack) if sample.at_s >= window.began_s else None
        if part is not None:
            yield AttributedSample(window.endpoint, part, stacks.line(sample.stack), sample.seconds)
