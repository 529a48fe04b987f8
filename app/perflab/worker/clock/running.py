"""The time of the trace on a server under load: it runs on as the machine's does, only from another moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from perflab.worker.clock.trace import AHEAD_SETTING, EPOCH

# The module's own, before any clock is moved.
_time_ns = time.time_ns


class RunningClock:
    """The clock of a server's process. It has no state, so that threads may read it.

    Args:
        ahead_s: How far the trace's time is ahead of the machine's; negative where it is behind.
    """

    __slots__ = ("_ahead_ns", "ahead_s", "readings")

    def __init__(self, ahead_s: float) -> None:
        self.ahead_s = ahead_s
        self._ahead_ns = round(ahead_s * 1e9)
        self.readings = 0

    @property
    def nanoseconds(self) -> int:
        """Return the nanoseconds since 1970."""
        return _time_ns() + self._ahead_ns

    @property
    def seconds(self) -> float:
        """Return the seconds since 1970."""
        return self.nanoseconds / 1e9

    @property
    def moment(self) -> datetime:
        """Return the time in UTC."""
        return EPOCH + timedelta(microseconds=self.nanoseconds // 1000)

    @property
    def naive(self) -> datetime:
        """Return the time in UTC, without the zone."""
        return self.moment.replace(tzinfo=None)

    @property
    def setting(self) -> tuple[str, float]:
        """Return the setting that tells a session of PostgreSQL the time, and its value."""
        return AHEAD_SETTING, self.ahead_s

    def on_step(self, call: Callable[[], None]) -> None:
        """Do nothing: there are no Steps."""

    def advance(self, seconds: float) -> None:
        """Do nothing: the time has passed by itself."""

    def wait(self) -> None:
        """Do nothing: the time passes by itself."""
        self.readings = 0
