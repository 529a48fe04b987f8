"""The commands of a Redis-protocol server that carry a time to live, or return one.

Each function gets the time, the connection pool and the command; it returns the command that is sent instead, and what to do
with the reply, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from perflab.worker.probes.cache.server_time import Args, Convert, ServerTime

Sent = tuple[Args, Convert | None]
Translate = Callable[[ServerTime, Any, Args], Sent]

# Option of SET and GETEX: milliseconds of its unit, and whether it is a point in time. In every way that it may be written.
OPTIONS: dict[Any, tuple[int, bool]] = {
    spelling: unit
    for name, unit in {"EX": (1000, False), "PX": (1, False), "EXAT": (1000, True), "PXAT": (1, True)}.items()
    for spelling in (name, name.lower(), name.encode(), name.lower().encode())
}


def _with_options(first: int) -> Translate:
    """Translate the option that begins at `first` or later: SET key value [NX] EX 10."""

    def translate(time: ServerTime, pool: Any, args: Args) -> Sent:
        for i in range(first, len(args) - 1):
            unit = OPTIONS.get(args[i])
            if unit is not None:
                ttl = time.ttl_ms(args[i + 1], *unit)
                if ttl is None or (ttl <= 0 and not unit[1]):
                    break  # the server refuses it
                time.remember(pool, args[1], ttl)
                return (*args[:i], "PXAT", time.until(ttl), *args[i + 2 :]), None
        return args, None

    return translate


def _expire(unit_ms: int, absolute: bool) -> Translate:
    """Translate the second argument: EXPIRE key 10 NX.

    Args:
        unit_ms: 1000 for seconds.
        absolute: Whether it is a point in time.
    """

    def translate(time: ServerTime, pool: Any, args: Args) -> Sent:
        ttl = time.ttl_ms(args[2], unit_ms, absolute) if len(args) > 2 else None
        if ttl is None:
            return args, None
        time.remember(pool, args[1], ttl)
        return ("PEXPIREAT", args[1], time.until(ttl), *args[3:]), None

    return translate


def _setex(unit_ms: int) -> Translate:
    """Translate SETEX key 10 value into a SET, which takes a point in time."""

    def translate(time: ServerTime, pool: Any, args: Args) -> Sent:
        ttl = time.ttl_ms(args[2], unit_ms, False) if len(args) > 3 else None
        if ttl is None or ttl <= 0:
            return args, None  # the server refuses it
        time.remember(pool, args[1], ttl)
        return ("SET", args[1], args[3], "PXAT", time.until(ttl)), None

    return translate


def _moved(time: ServerTime, pool: Any, args: Args) -> Sent:
    """Learn when the entry is due under its new name: RENAME and COPY keep the time to live."""

    def learn(reply: Any) -> Any:
        if reply and len(args) > 2:
            time.learn(pool, args[2])
        return reply

    return args, learn


def _read(convert: Callable[[ServerTime], Convert]) -> Translate:
    return lambda time, pool, args: (("PEXPIRETIME", *args[1:]), convert(time))


def _both_cases(table: Mapping[str, Translate]) -> dict[str, Translate]:
    return {name: translate for key, translate in table.items() for name in (key, key.lower())}


TRANSLATED: Mapping[str, Translate] = _both_cases(
    {
        "SET": _with_options(3),
        "GETEX": _with_options(2),
        "SETEX": _setex(1000),
        "PSETEX": _setex(1),
        "EXPIRE": _expire(1000, False),
        "PEXPIRE": _expire(1, False),
        "EXPIREAT": _expire(1000, True),
        "PEXPIREAT": _expire(1, True),
        "TTL": _read(lambda time: time.left_s),
        "PTTL": _read(lambda time: time.left_ms),
        "EXPIRETIME": _read(lambda time: time.until_s),
        "PEXPIRETIME": _read(lambda time: time.until_ms),
        "FLUSHALL": lambda time, pool, args: (("FLUSHDB", *args[1:]), None),  # other databases are other cells'
        "RENAME": _moved,
        "RENAMENX": _moved,
        "COPY": _moved,
    }
)
