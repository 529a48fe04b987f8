"""Python's own clocks, all in trace time.

The functions of the module `time` are replaced. The classes `datetime` and `date` are not: they would have to be replaced by
subclasses, and `type(value) is datetime` would be False for every value that a driver or C code makes. Instead their methods
`now`, `utcnow` and `today` are replaced within the classes themselves, so that identity, isinstance, equality and pickles are
as ever (see replacing.py for how). A Python in which that has no effect, such as PyPy, keeps the machine's `datetime.now`, and
the report says so.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Mapping
from time import struct_time
from typing import Any

from perflab.worker.clock.trace import MAX_READINGS, ShownClock
from perflab.worker.guards import replacing

FUNCTIONS = (
    "time", "time_ns", "localtime", "gmtime", "strftime", "asctime", "ctime", "clock_gettime", "clock_gettime_ns", "sleep",
)  # fmt: skip
# `datetime` has its own `today` only in some versions; else it inherits that of `date`.
METHODS = ((dt.datetime, "now"), (dt.datetime, "utcnow"), (dt.datetime, "today"), (dt.date, "today"))
# A clock that runs on shows another time at the next reading.
SAME = dt.timedelta(seconds=1)
UTC = dt.timezone.utc  # noqa: UP017 - Python 3.10 has no datetime.UTC


class PythonClocks:
    """Replacements of Python's clocks.

    They are bound methods because these, like the functions that they replace, stay as they are as an attribute of a class:
    `timer = time.time` in a class body is called without `self`.

    Args:
        clock: The time of the trace.
    """

    def __init__(self, clock: ShownClock) -> None:
        self._clock = clock
        self._main = threading.get_ident()
        self._functions = {name: getattr(time, name) for name in FUNCTIONS if hasattr(time, name)}
        self._methods = {place: vars(place[0])[place[1]] for place in METHODS if place[1] in vars(place[0])}
        self._sleep: Callable[[float], None] = time.sleep
        self._localtime, self._gmtime = time.localtime, time.gmtime
        self._strftime, self._asctime = time.strftime, time.asctime
        self._clock_gettime, self._clock_gettime_ns = time.clock_gettime, time.clock_gettime_ns

    # -- in place of the module's functions ----------------------------------------------------------------------------

    def time(self) -> float:
        """Return the seconds since 1970."""
        clock = self._clock
        clock.readings += 1
        if clock.readings > MAX_READINGS:
            clock.wait()
        return clock.seconds

    def time_ns(self) -> int:
        """Return the nanoseconds since 1970."""
        clock = self._clock
        clock.readings += 1
        if clock.readings > MAX_READINGS:
            clock.wait()
        return clock.nanoseconds

    def localtime(self, seconds: float | None = None, /) -> struct_time:
        """Return local time, by default the current one."""
        return self._localtime(self.time() if seconds is None else seconds)

    def gmtime(self, seconds: float | None = None, /) -> struct_time:
        """Return UTC, by default the current one."""
        return self._gmtime(self.time() if seconds is None else seconds)

    def strftime(self, form: str, moment: Any = None, /) -> str:
        """Format a time, by default the current one."""
        return self._strftime(form, self.localtime() if moment is None else moment)

    def asctime(self, moment: Any = None, /) -> str:
        """Format a time as C does, by default the current one."""
        return self._asctime(self.localtime() if moment is None else moment)

    def ctime(self, seconds: float | None = None, /) -> str:
        """Format local time as C does, by default the current one."""
        return self._asctime(self.localtime(seconds))

    def clock_gettime(self, clock: int, /) -> float:
        """Read one of the system's clocks."""
        return self.time() if clock == time.CLOCK_REALTIME else self._clock_gettime(clock)

    def clock_gettime_ns(self, clock: int, /) -> int:
        """Read one of the system's clocks, in nanoseconds."""
        return self.time_ns() if clock == time.CLOCK_REALTIME else self._clock_gettime_ns(clock)

    def sleep(self, seconds: float, /) -> None:
        """Sleep, also in trace time: a request that waits for a moment would otherwise wait for ever."""
        self._sleep(seconds)
        if threading.get_ident() == self._main:
            self._clock.advance(seconds)

    # -- in place of the classes' methods ------------------------------------------------------------------------------

    def _methods_of(self) -> Mapping[str, Callable[..., Any]]:
        clock, datetime = self._clock, dt.datetime

        def now(cls: type[dt.datetime], tz: dt.tzinfo | None = None) -> dt.datetime:
            """Return the time of the trace, local without a time zone."""
            clock.readings += 1
            if clock.readings > MAX_READINGS:
                clock.wait()
            if tz is UTC and cls is datetime:
                return clock.moment
            return cls.fromtimestamp(clock.seconds, tz)

        def utcnow(cls: type[dt.datetime]) -> dt.datetime:
            """Return the time of the trace in UTC, without the zone."""
            clock.readings += 1
            if clock.readings > MAX_READINGS:
                clock.wait()
            if cls is datetime:
                return clock.naive
            return cls.fromtimestamp(clock.seconds, UTC).replace(tzinfo=None)

        def today(cls: type[dt.date]) -> dt.date:
            """Return the local date of the trace, of `datetime` with the time."""
            clock.readings += 1
            if clock.readings > MAX_READINGS:
                clock.wait()
            return cls.fromtimestamp(clock.seconds)

        return {"now": now, "utcnow": utcnow, "today": today}

    # -- installing ----------------------------------------------------------------------------------------------------

    def install(self) -> list[str]:
        """Move all clocks; return the names of those that this Python does not let go."""
        self._replacements = [(original, getattr(self, name)) for name, original in self._functions.items()]
        replacing.everywhere(self._replacements)
        methods = self._methods_of()
        for cls, name in self._methods:
            replacing.in_class(cls, name, classmethod(methods[name]))
        clock, local = self._clock, dt.date.fromtimestamp(self._clock.seconds)  # noqa: DTZ012
        moved = {
            "datetime.now": abs(dt.datetime.now(UTC) - clock.moment) < SAME,
            "datetime.utcnow": abs(dt.datetime.utcnow() - clock.naive) < SAME,  # noqa: DTZ003 - what the project may call
            "datetime.today": dt.datetime.today().date() == local,  # noqa: DTZ002
            "date.today": dt.date.today() == local,  # noqa: DTZ011
        }
        return [name for name, is_moved in moved.items() if not is_moved]

    def restore(self) -> None:
        """Put Python's own clocks back, for tests."""
        replacing.everywhere((after, before) for before, after in self._replacements)
        for (cls, name), original in self._methods.items():
            replacing.in_class(cls, name, original)
