"""The time of a Redis-protocol server's entries: the trace's instead of the server's.

A run of minutes never reaches a time to live of half an hour, and a slow cell would age its entries more than a fast one. So a
command that carries a time to live is sent with another one: the entry's point in the trace's time, moved so far into the future
that the server never reaches it. All else stays with the server, which therefore behaves as in production: a refused SET NX moves
no deadline, PERSIST removes one, INCR and RENAME keep it. What TTL returns is translated back. Entries that are due are
deleted between two requests, outside the clocks.

The point is the same for all processes of a machine, which may share one key space.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from time import monotonic
from typing import Any

DAY_MS = 86_400_000
# Entries that an interrupted run leaves on somebody's server go by themselves, 30 to 60 days later.
FAR_MS = 30 * DAY_MS
# The time that a command may take on its way: an entry is due when less than that is left.
TOLERANCE_MS = 50
# How far off the time to live may be that a server replies.
READING_MS = 10
# A request that sleeps this long waits for something: perhaps for an entry to expire, such as a lock.
WAITING_MS = 50

Args = tuple[Any, ...]
Convert = Callable[[Any], Any]
# Sends commands through a pool as they are, and returns the replies; an error is returned, not raised.
Send = Callable[[Any, list[Args]], list[Any]]


class ServerTime:
    """Translate times to live, and delete what is due.

    Args:
        send: Sends commands to the server.
        start_s: What the trace's clock shows at its beginning, in Unix time.
        clock: Seconds on a clock that all processes of the machine share; tests replace it.
    """

    def __init__(self, send: Send, start_s: float = 0.0, clock: Callable[[], float] = monotonic) -> None:
        self.send = send
        self.start_ms = round(start_s * 1000)
        self.clock = clock
        began_ms = round(clock() * 1000)
        self._far_ms = (began_ms // FAR_MS + 2) * FAR_MS
        self._at_ms = 0
        self._began_ms = began_ms
        self._due: list[tuple[int, int, Any, Any]] = []
        self._numbers = count()

    def _clock_ms(self) -> int:
        return round(self.clock() * 1000)

    def shift_ms(self) -> int:
        """Return what is added to a time to live on its way to the server."""
        return self._far_ms + self._at_ms - self._clock_ms()

    def left_ms(self, reply: Any) -> Any:
        """Return the time to live that PTTL replied, in the trace's time; an entry that was never translated keeps its own."""
        if not isinstance(reply, int) or reply < 0:
            return reply
        left = reply - self.shift_ms()
        return reply if left < -1000 else max(0, left)

    def left_s(self, reply: Any) -> Any:
        """Return what TTL replies: the time to live in whole seconds, rounded as the server does."""
        left = self.left_ms(reply)
        return (left + 500) // 1000 if isinstance(left, int) and left >= 0 else left

    def until_ms(self, reply: Any) -> Any:
        """Return what PEXPIRETIME replies: the Unix time at which the entry expires."""
        left = self.left_ms(reply)
        return self.start_ms + self._at_ms + left if isinstance(left, int) and left >= 0 else left

    def until_s(self, reply: Any) -> Any:
        """Return what EXPIRETIME replies."""
        until = self.until_ms(reply)
        return until // 1000 if isinstance(until, int) and until >= 0 else until

    def ttl_ms(self, value: Any, unit_ms: int, absolute: bool) -> int | None:
        """Return a command's argument as a time to live; None for what is no number.

        Args:
            value: Seconds or milliseconds, as number, text, timedelta or datetime.
            unit_ms: 1000 for seconds.
            absolute: Whether it is a point in Unix time.
        """
        if type(value) is int:
            ms = value * unit_ms
        elif isinstance(value, timedelta):
            ms = round(value.total_seconds() * 1000)
        elif isinstance(value, datetime):
            ms = round(value.timestamp() * 1000)
        else:
            try:
                ms = int(value) * unit_ms
            except (TypeError, ValueError):
                return None
        return ms - self.start_ms - self._at_ms if absolute else ms

    def remember(self, pool: Any, key: Any, ttl_ms: int) -> None:
        """Look at a key when this time is over, whether or not the server took it.

        Args:
            pool: The pool of the connection that the command goes through.
            key: The key.
            ttl_ms: Milliseconds of the trace's time from now.
        """
        heapq.heappush(self._due, (self._at_ms + ttl_ms, next(self._numbers), pool, key))

    def learn(self, pool: Any, key: Any) -> None:
        """Ask the server when an entry is due that got its time to live from another entry. A round trip."""
        (reply,) = self.send(pool, [("PTTL", key)])
        left = self.left_ms(reply)
        if isinstance(left, int) and left >= 0:
            self.remember(pool, key, max(0, left - READING_MS))

    def advance(self, now_s: float) -> int:
        """Set the trace's time in seconds since its beginning, delete what is due then, and return how much that was."""
        self._at_ms = round(now_s * 1000)
        self._began_ms = self._clock_ms()
        pools: dict[int, tuple[Any, dict[Any, None]]] = {}
        while self._due and self._due[0][0] <= self._at_ms:
            _, _, pool, key = heapq.heappop(self._due)
            pools.setdefault(id(pool), (pool, {}))[1][key] = None
        return sum(self.retire(pool, list(keys)) for pool, keys in pools.values())

    def retire(self, pool: Any, keys: list[Any], later_ms: int = 0) -> int:
        """Delete those of the keys that are due, and return their number.

        PEXPIRE GT moves the deadline of an entry that is due, and of no other one. It is a write, and so neither a hit nor a
        miss of the server's; older servers lack it, and are asked with PTTL.

        Args:
            pool: The pool of the server.
            keys: The keys.
            later_ms: How far ahead of the trace's time to look.
        """
        limit = self.shift_ms() + TOLERANCE_MS + later_ms
        replies = self.send(pool, [("PEXPIRE", key, limit, "GT") for key in keys])
        if any(isinstance(reply, Exception) for reply in replies):
            left = self.send(pool, [("PTTL", key) for key in keys])
            replies = [isinstance(reply, int) and 0 <= reply < limit for reply in left]
        due = [key for key, reply in zip(keys, replies, strict=True) if reply]
        if due:
            self.send(pool, [("UNLINK", *due)])
        return len(due)

    def waited_ms(self) -> int | None:
        """Return for how long the current request has been running, if so long that it may wait for an entry to expire."""
        waited = self._clock_ms() - self._began_ms
        return waited if waited >= WAITING_MS else None
