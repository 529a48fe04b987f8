"""A cache server that someone else runs: only keys under the lab's own prefix are touched, and nothing is flushed."""

from __future__ import annotations

import secrets

from perflab.servers.supervision.clock import peer_pid
from perflab.servers.valkey import keys
from perflab.servers.valkey.base import CACHE_VARIABLE, Cache
from perflab.servers.valkey.keys import KEY_PREFIX, KeySpace


class ExternalCache(Cache):
    """A server that someone else runs. Its counters include its other users."""

    hint = f"is it running? {CACHE_VARIABLE} names it"

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        # Other runs may use the same server, and nothing of the project's begins with this.
        self._prefix = f"{KEY_PREFIX}-{secrets.token_hex(3)}-"

    def url(self) -> str:
        """Return the server's URL as the user wrote it."""
        return self._url

    def _new_space(self, number: int) -> KeySpace:
        """Return a prefix of its own: all databases of the server are its owner's."""
        prefix = f"{self._prefix}{number}-"
        return KeySpace(keys.with_query(self._url, client_name=prefix), prefix)

    def forget(self) -> None:
        """Delete what all key spaces hold but those of `keep`, by SCAN. Raises ServerError if the server does not respond."""
        gone = {name for name, _ in self._forgotten()}
        spared = [space.prefix for name, space in self._spaces.items() if name not in gone]
        keys.delete_prefix(self._standing(), self._prefix, self.address(), spared)

    def integers(self) -> dict[str, int]:
        """Return {key: value} of the keys in all key spaces that hold an integer. Raises ServerError as `forget`."""
        return keys.integers(self._standing(), self._prefix, self.address())

    def start(self) -> None:
        """Check that it responds, and find its process at the other end of a Unix socket, whose CPU clock can be read."""
        try:
            self._check()
        except BaseException:
            self.close()
            raise

    def _check(self) -> None:
        self.check_age()
        own_pid = self.info("server").get("process_id")
        connection = self._standing().connection_pool.get_connection()
        try:
            peer = peer_pid(getattr(connection, "_sock").fileno())  # noqa: B009 (redis-py has no public name for it)
        except (AttributeError, OSError):
            peer = None
        finally:
            self._standing().connection_pool.release(connection)
        self.pid = peer if peer is not None and peer == own_pid else None

    def stop(self) -> None:
        """Close the connection; the server runs on."""
        self.close()
