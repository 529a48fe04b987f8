"""The part of a cache server that belongs to one cell, and what is done to it as a whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import redis

from perflab.errors import ServerError

#: What the names of the lab's keys and connections begin with. It has no colon: django-redis takes names apart there.
KEY_PREFIX = "perflab"
# What PEXPIRETIME says of a key that is not there.
MISSING = -2
INTEGER = re.compile(rb"-?\d{1,18}")


@dataclass(frozen=True, slots=True)
class KeySpace:
    """Where one cell's entries are.

    Attributes:
        url: The server and database; its `client_name` tells the worker's probe that the connection is the lab's.
        prefix: What is put before every key; "" where the database belongs to the cell alone.
        database: The number of the database that belongs to the cell alone; None for that of the URL.
    """

    url: str
    prefix: str = ""
    database: int | None = None


def with_query(url: str, **parts: str) -> str:
    """Return a URL with parts of its query replaced."""
    place, _, query = url.partition("?")
    return f"{place}?{urlencode({**dict(parse_qsl(query)), **parts})}"


def delete_prefix(client: redis.Redis, prefix: str, address: str, spared: Sequence[str] = ()) -> int:
    """Delete the keys that begin with `prefix`, by SCAN, never FLUSH; return their number.

    Args:
        client: The server and database.
        prefix: The prefix.
        address: Where the server is, for messages.
        spared: Longer prefixes, whose keys stay.

    Raises:
        ServerError: `prefix` does not begin with "perflab", or the server does not respond.
    """
    if not prefix.startswith(KEY_PREFIX):
        raise ServerError(
            f"the prefix {prefix!r} is not perflab's own, and perflab deletes no other keys", where=address,
            hint=f"begin it with {KEY_PREFIX!r}",
        )  # fmt: skip
    deleted = 0
    with _errors("cannot delete keys", address):
        own = tuple(name.encode() for name in spared)
        every = client.scan_iter(match=_pattern(prefix), count=1000)
        for batch in _batches(key for key in every if not key.startswith(own)):
            deleted += int(client.unlink(*batch))
    return deleted


def copy(source: KeySpace, target: KeySpace, address: str) -> int:
    """Copy the entries of one key space to another on the same server; return how many there are. 10 µs for each.

    Args:
        source: The key space.
        target: The other one.
        address: Where the server is, for messages.

    Raises:
        ServerError: If the server does not respond.
    """
    client = opened(source.url, KEY_PREFIX)
    place = () if target.database is None else ("DB", target.database)
    count = 0
    try:
        with _errors("cannot copy keys", address):
            for batch in _batches(client.scan_iter(match=_pattern(source.prefix), count=1000)):
                pipeline = client.pipeline(transaction=False)
                for key in batch:
                    name = target.prefix.encode() + key[len(source.prefix.encode()) :]
                    pipeline.execute_command("COPY", key, name, *place, "REPLACE")
                count += sum(map(int, pipeline.execute()))
    finally:
        client.close()
    return count


def transfer(source: KeySpace, target: KeySpace, address: str) -> int:
    """Copy the entries of one key space to another one, on another server; return how many there are.

    Each has the point in time at which it expires. The source's server counts each of them as a hit.

    Args:
        source: The key space.
        target: The other one.
        address: Where the source's server is, for messages.

    Raises:
        ServerError: If one of the servers does not respond.
    """
    ours, theirs = opened(source.url, KEY_PREFIX), opened(target.url, KEY_PREFIX)
    count = 0
    try:
        with _errors("cannot copy keys", address):
            for batch in _batches(ours.scan_iter(match=_pattern(source.prefix), count=1000)):
                reading, writing = ours.pipeline(transaction=False), theirs.pipeline(transaction=False)
                for key in batch:
                    reading.dump(key)
                    reading.pexpiretime(key)
                values = iter(reading.execute())
                for key, value, ends_ms in zip(batch, values, values, strict=True):
                    if value is not None and ends_ms != MISSING:  # it has expired meanwhile
                        name = target.prefix.encode() + key[len(source.prefix.encode()) :]
                        writing.restore(name, max(0, ends_ms), value, replace=True, absttl=ends_ms > 0)
                        count += 1
                writing.execute()
    finally:
        ours.close()
        theirs.close()
    return count


def end_anew(space: KeySpace, left_ms: Callable[[int], int], address: str) -> int:
    """Give the entries of a key space other times to live; return how many have one.

    Args:
        space: The key space.
        left_ms: Returns the milliseconds that an entry has left, from the point in time at which it expires.
        address: Where the server is, for messages.

    Raises:
        ServerError: If the server does not respond.
    """
    client = opened(space.url, KEY_PREFIX)
    count = 0
    try:
        with _errors("cannot change the time of keys", address):
            for batch in _batches(client.scan_iter(match=_pattern(space.prefix), count=1000)):
                reading, writing = client.pipeline(transaction=False), client.pipeline(transaction=False)
                for key in batch:
                    reading.pexpiretime(key)
                for key, ends_ms in zip(batch, reading.execute(), strict=True):
                    if ends_ms > 0:
                        writing.pexpire(key, max(1, left_ms(ends_ms)))
                        count += 1
                writing.execute()
    finally:
        client.close()
    return count


def dump(space: KeySpace, address: str) -> dict[str, bytes]:
    """Return the entries of a key space in the server's own form, without their ends, by the key without its prefix.

    The server counts each of them as a hit.

    Args:
        space: The key space.
        address: Where the server is, for messages.

    Raises:
        ServerError: If the server does not respond.
    """
    client = opened(space.url, KEY_PREFIX)
    entries: dict[str, bytes] = {}
    try:
        with _errors("cannot read keys", address):
            for batch in _batches(client.scan_iter(match=_pattern(space.prefix), count=1000)):
                pipeline = client.pipeline(transaction=False)
                for key in batch:
                    pipeline.dump(key)
                names = (key.decode(errors="backslashreplace").removeprefix(space.prefix) for key in batch)
                entries |= {name: value for name, value in zip(names, pipeline.execute(), strict=True) if value}
    finally:
        client.close()
    return entries


def integers(client: redis.Redis, prefix: str, address: str) -> dict[str, int]:
    """Return {key: value} of the keys that begin with `prefix` and hold an integer, such as counters. Reads all such keys.

    Args:
        client: The server and database.
        prefix: The prefix; "" for all keys.
        address: Where the server is, for messages.

    Raises:
        ServerError: If the keys cannot be read.
    """
    with _errors("cannot read keys", address):
        keys = list(client.scan_iter(match=_pattern(prefix), count=1000))
        values: Any = client.mget(keys) if keys else []
    pairs = zip(keys, values, strict=True)
    return {key.decode(errors="replace"): int(value) for key, value in pairs if value and INTEGER.fullmatch(value)}


def flush(client: redis.Redis, address: str) -> None:
    """Empty one database of the lab's own server. Raises ServerError if the server does not respond."""
    with _errors("cannot empty a database", address):
        client.flushdb()


def opened(url: str, variable: str) -> redis.Redis:
    """Return a client of a URL, not connected yet.

    Args:
        url: The URL.
        variable: The environment variable that it is from, for the message.

    Raises:
        ServerError: It is no Redis URL.
    """
    try:
        return redis.Redis.from_url(url, socket_connect_timeout=10)
    except ValueError:
        raise ServerError(
            "not a Redis URL", where=variable, hint="write redis://host:6379/0 or unix:///path/to/socket?db=0"
        ) from None


def _batches(keys: Iterator[Any], size: int = 1000) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for key in keys:
        batch.append(key)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _pattern(prefix: str) -> str:
    """Return SCAN's pattern for all keys with this prefix."""
    return re.sub(r"([\\*?\[\]^-])", r"\\\1", prefix) + "*"


@contextmanager
def _errors(what: str, address: str) -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise ServerError(f"{what}: {str(error).rstrip('.')}", where=address, hint="is it running?") from error
