"""The time of a Redis-protocol server's entries: the trace's instead of the server's.

A run of minutes never reaches a time to live of half an hour, and a slow cell would age its entries more than a fast one. So a
command that carries a time to live is sent with another one: the entry's point in the trace's time, moved so far into the future
that the server never reaches it. All else stays with the server, which therefore behaves as in production: a refused SET NX moves
no deadline, PERSIST removes one, INCR and RENAME keep it. What TTL returns is translated back. Entries that are due are
deleted between two requests, outside the clocks.

The point is a point in time, so it does not matter how long a command is on its way, and it is the same for all processes, which
may share one key space.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from time import CLOCK_REALTIME, clock_gettime, monotonic
from typing import Any

# Entries that an interrupted run leaves on somebody's server go by themselves, 30 to 60 days later.
FAR_MS = 30 * 86_400_000
# A request that sleeps this long waits for something: perhaps for an entry to expire, such as a lock.
WAITING_MS = 50

Args = tuple[Any, ...]
Convert = Callable[[Any], Any]
# Sends commands through a pool as they are, and returns the replies; an error is returned, not raised.
Send = Callable[[Any, list[Args]], list[Any]]


def _now_ms() -> int:
    """Return the real time: `time.time` may show the project the trace's."""
    return round(clock_gettime(CLOCK_REALTIME) * 1000)


def left_ms(ends_ms: int, at_s: float) -> int:
    """Return how long an entry lives from a time of the trace on, from the far point in time that its server was told.

    Args:
        ends_ms: The point in time.
        at_s: Seconds since the beginning of the trace.
    """
    return ends_ms % FAR_MS - round(at_s * 1000)


class ServerTime:
    """Translate times to live, and delete what is due.

    Args:
        send: Sends commands to the server.
        start_s: What the trace's clock shows at its beginning, in Unix time.
    """

    def __init__(self, send: Send, start_s: float = 0.0) -> None:
        self.send = send
        self.start_ms = round(start_s * 1000)
        self._base_ms = (_now_ms() // FAR_MS + 2) * FAR_MS
        self._at_ms = 0
        self._began_s = monotonic()
        self._due: list[tuple[int, int, Any, Any]] = []
        self._numbers = count()

    def until(self, ttl_ms: int) -> int:
        """Return the point in time that the server is told instead of a time to live; one in the past stays there."""
        return self._base_ms + self._at_ms + ttl_ms if ttl_ms > 0 else 1

    def left_ms(self, reply: Any) -> Any:
        """Return what PTTL replies in the trace's time, from what PEXPIRETIME does.

        An entry whose time to live was not translated keeps its own.
        """
        if not isinstance(reply, int) or reply < 0:
            return reply
        left = reply - self._base_ms - self._at_ms
        return left if left >= 0 else max(0, reply - _now_ms()) if reply < self._base_ms else 0

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
        (reply,) = self.send(pool, [("PEXPIRETIME", key)])
        if isinstance(reply, int) and reply > self._base_ms:
            self.remember(pool, key, reply - self._base_ms - self._at_ms)

    def adopt(self, pool: Any, keys: list[Any]) -> None:
        """Ask the server when entries are due that somebody else put there. One round trip."""
        replies = self.send(pool, [("PEXPIRETIME", key) for key in keys])
        for key, reply in zip(keys, replies, strict=True):
            if isinstance(reply, int) and reply > self._base_ms:
                self.remember(pool, key, reply - self._base_ms - self._at_ms)

    def advance(self, now_s: float) -> int:
        """Set the trace's time in seconds since its beginning, delete what is due then, and return how much that was."""
        self._at_ms = round(now_s * 1000)
        self._began_s = monotonic()
        pools: dict[int, tuple[Any, dict[Any, None]]] = {}
        while self._due and self._due[0][0] <= self._at_ms:
            _, _, pool, key = heapq.heappop(self._due)
            pools.setdefault(id(pool), (pool, {}))[1][key] = None
        return sum(self.retire(pool, list(keys)) for pool, keys in pools.values())

    def retire(self, pool: Any, keys: list[Any], later_ms: int = 0) -> int:
        """Delete those of the keys that are due, and return their number.

        PEXPIREAT GT moves the deadline of an entry that is due, and of no other one. It is a write, and so neither a hit nor a
        miss of the server's.

        Args:
            pool: The pool of the server.
            keys: The keys.
            later_ms: How far ahead of the trace's time to look.

        Raises:
            Exception: The client's, for what the server replied to one of them.
        """
        moment = self._base_ms + self._at_ms + later_ms + 1
        replies = self.send(pool, [("PEXPIREAT", key, moment, "GT") for key in keys])
        for reply in replies:
            if isinstance(reply, Exception):
                raise reply
        due = [key for key, reply in zip(keys, replies, strict=True) if reply]
        if due:
            self.send(pool, [("UNLINK", *due)])
        return len(due)

    def waited_ms(self) -> int | None:
        """Return for how long the current request has been running, if so long that it may wait for an entry to expire."""
        waited = round((monotonic() - self._began_s) * 1000)
        return waited if waited >= WAITING_MS else None
