"""The body of a streamed response, within limits of size and time: a stream that never ends is cut, and the run goes on."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

# What is kept of a stream, and how long it may take; a stream that was cut before is cut sooner.
MAX_BYTES = 64 << 20
DIGITS = re.compile(r"\d+")
PATIENCE_S, PATIENCE_AFTER_A_CUT_S = 5.0, 0.5


class StreamCut(BaseException):
    """Interrupt a stream that waits for its next part; not an Exception, so that the project's own handlers let it pass."""


class StreamReader:
    """Read streams to their end or to a limit.

    Args:
        patience_s: How long a stream may take.
        patience_after_a_cut_s: How long it may take once a stream of this name was cut.
        max_bytes: How much of it is read.
        endless: Names of streams that were cut in an earlier process: there is no need to wait for each of them once more.
    """

    def __init__(
        self,
        patience_s: float = PATIENCE_S,
        patience_after_a_cut_s: float = PATIENCE_AFTER_A_CUT_S,
        max_bytes: int = MAX_BYTES,
        endless: Iterable[str] = (),
    ) -> None:
        self._patience_s = patience_s
        self._patience_after_a_cut_s = patience_after_a_cut_s
        self._max_bytes = max_bytes
        self._cut = set(endless)

    def read(self, chunks: Iterable[bytes], name: str) -> tuple[bytes, str | None]:
        """Return the body of a stream, and why it was cut; None where it ended by itself.

        Args:
            chunks: The parts of the stream.
            name: Names the kind of request, such as its path.
        """
        patience_s = self._patience_after_a_cut_s if name in self._cut else self._patience_s
        parts: list[bytes] = []
        size, until = 0, monotonic() + patience_s
        try:
            with _alarm(patience_s):
                for chunk in chunks:
                    parts.append(chunk)
                    size += len(chunk)
                    if size > self._max_bytes:
                        self._cut.add(name)
                        return b"".join(parts)[: self._max_bytes], f"it is longer than {self._max_bytes >> 20} MB"
                    if monotonic() > until:
                        raise StreamCut
        except StreamCut:
            self._cut.add(name)
            return b"".join(parts), f"its stream had not ended after {patience_s:g} s"
        return b"".join(parts), None


def name_of(path: str) -> str:
    """Return what names the kind of request in a path: all of it but the query and digits."""
    return DIGITS.sub("", path.partition("?")[0])


def is_streamed(chunks: Any) -> bool:
    """Return whether a response may be a stream: Django's own responses say so, a list is none. Costs 50 ns."""
    return type(chunks) is not list and getattr(chunks, "streaming", True) is not False


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Raise StreamCut in this thread after some time, also while it waits; only the main thread can be interrupted so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def cut(number: int, frame: Any) -> None:
        raise StreamCut

    before = signal.signal(signal.SIGALRM, cut)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
