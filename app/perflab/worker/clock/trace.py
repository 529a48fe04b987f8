"""The time of the trace: the moment at which the data ends, plus the Step's time in the trace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 - Python 3.10 has no datetime.UTC
MICROSECOND = timedelta(microseconds=1)
# A request that reads the clock more often than that waits for it: from then on every reading takes a microsecond.
MAX_READINGS = 10_000


class ShownClock(Protocol):
    """What the subject's clocks show: the time of the trace, standing still within a request or running on.

    Attributes:
        readings: How often the current request has read it.
    """

    readings: int

    @property
    def moment(self) -> datetime:
        """Return the time in UTC."""

    @property
    def naive(self) -> datetime:
        """Return the time in UTC, without the zone."""

    @property
    def seconds(self) -> float:
        """Return the seconds since 1970."""

    @property
    def nanoseconds(self) -> int:
        """Return the nanoseconds since 1970."""

    @property
    def setting(self) -> tuple[str, float]:
        """Return the setting that tells a session of PostgreSQL the time, and its value."""

    def on_step(self, call: Callable[[], None]) -> None:
        """Call a function whenever a Step begins."""

    def advance(self, seconds: float) -> None:
        """Move on within a Step."""

    def wait(self) -> None:
        """Let some time pass: a request waits for a moment to come."""


# The settings of a session that the functions of a clone read: the time itself, or how far it is ahead of the server's.
NOW_SETTING, AHEAD_SETTING = "perflab.now", "perflab.ahead"


class TraceClock:
    """The clock of a cell's process.

    It stands still within a request, so that responses that carry times agree between cells; only sleeping moves it on, and
    reading it so often that a request must be waiting for a moment to come.

    Args:
        as_of: The moment at which the trace begins, in ISO format; without a zone it is UTC.
    """

    __slots__ = ("_at_s", "_moved", "moment", "naive", "nanoseconds", "readings", "seconds", "start")

    def __init__(self, as_of: str) -> None:
        start = datetime.fromisoformat(as_of)
        self.start = (start if start.tzinfo else start.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)  # noqa: UP017
        self._moved: list[Callable[[], None]] = []
        self.readings = 0
        self._show(0.0)

    @property
    def at_s(self) -> float:
        """Seconds since the trace began. Setting them begins a Step."""
        return self._at_s

    @at_s.setter
    def at_s(self, at_s: float) -> None:
        self.readings = 0
        self._show(at_s)
        for call in self._moved:
            call()

    def on_step(self, call: Callable[[], None]) -> None:
        """Call a function whenever a Step begins, outside the clocks that measure it."""
        self._moved.append(call)

    def advance(self, seconds: float) -> None:
        """Move on within a Step."""
        self._show(self._at_s + seconds)

    def _show(self, at_s: float) -> None:
        self._at_s = at_s
        #: The time in UTC: with the zone, without it, and since 1970.
        self.moment = self.start + timedelta(seconds=at_s)
        self.naive = self.moment.replace(tzinfo=None)
        self.nanoseconds = (self.moment - EPOCH) // MICROSECOND * 1000
        self.seconds = self.nanoseconds / 1e9

    def wait(self) -> None:
        """Let a microsecond pass: a request has read the clock so often that it must be waiting for a moment to come."""
        self.advance(1e-6)

    @property
    def setting(self) -> tuple[str, float]:
        """Return the setting that tells a session of PostgreSQL the time, and its value."""
        return NOW_SETTING, self.seconds

    def now(self) -> datetime:
        """Return the current time of the trace, in UTC."""
        return self.moment
