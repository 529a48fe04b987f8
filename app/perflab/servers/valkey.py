"""The Redis-protocol server: a private Valkey, or one that someone else runs (PERFLAB_CACHE_URL).

The lab touches only keys under its own prefix and never flushes, on either.
"""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from perflab.errors import ServerError
from perflab.servers.disk.clean import stop_leftovers
from perflab.servers.disk.find import find_valkey
from perflab.servers.disk.home import RunFolder, new_run_folder, open_home
from perflab.servers.supervision import pinning
from perflab.servers.supervision.clock import cpu_clock, peer_pid
from perflab.servers.supervision.lifecycle import Lifecycle
from perflab.servers.supervision.supervised import SupervisedProcess
from perflab.servers.supervision.users import server_user

#: The environment variable that names the user's own cache server.
CACHE_VARIABLE = "PERFLAB_CACHE_URL"
KEY_PREFIX = "perflab"
READY_TIMEOUT_S = 30.0
INTEGER = re.compile(rb"-?\d{1,18}")


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

    def url(self) -> str:
        """Return the server as django-redis's LOCATION. KEY_PREFIX, not the database number, separates cells."""
        raise NotImplementedError

    def address(self) -> str:
        """Return where the server is, without a password."""
        return "cache server at " + re.sub(r"//[^@/]*@", "//", self.url())

    def client(self) -> redis.Redis:
        """Return a new connection. Raises ServerError if the URL is no Redis URL."""
        try:
            return redis.Redis.from_url(self.url(), socket_connect_timeout=10)
        except ValueError:
            raise ServerError(
                "not a Redis URL", where=CACHE_VARIABLE, hint="write redis://host:6379/0 or unix:///path/to/socket?db=0"
            ) from None

    def _standing(self) -> redis.Redis:
        if self._client is None:
            self._client = self.client()
        return self._client

    def close(self) -> None:
        """Close the standing connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def info(self, section: str | None = None) -> dict[str, Any]:
        """Return the server's INFO, or one section of it, as a dict. One round trip.

        Raises:
            ServerError: If the server does not respond.
        """
        try:
            return dict(self._standing().info(section) if section else self._standing().info())
        except redis.RedisError as error:
            raise ServerError(f"does not respond: {error}", where=self.address(), hint="is it running?") from error

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

    def delete_prefix(self, prefix: str) -> int:
        """Delete the keys that begin with `prefix`, by SCAN, never FLUSH; return their number.

        Raises:
            ServerError: `prefix` does not begin with "perflab", or the server does not respond.
        """
        if not prefix.startswith(KEY_PREFIX):
            raise ServerError(
                f"the prefix {prefix!r} is not perflab's own, and perflab deletes no other keys", where=self.address(),
                hint=f"begin it with {KEY_PREFIX!r}",
            )  # fmt: skip
        deleted = 0
        try:
            batch: list[Any] = []
            for key in self._standing().scan_iter(match=_pattern(prefix), count=1000):
                batch.append(key)
                if len(batch) == 1000:
                    deleted += int(self._standing().unlink(*batch))
                    batch = []
            if batch:
                deleted += int(self._standing().unlink(*batch))
        except redis.RedisError as error:
            raise ServerError(f"cannot delete keys: {error}", where=self.address(), hint="is it running?") from error
        return deleted

    def integers(self, prefix: str) -> dict[str, int]:
        """Return {key: value} of the keys that begin with `prefix` and hold an integer, such as counters. Reads all such keys.

        Raises:
            ServerError: If the keys cannot be read.
        """
        try:
            keys = list(self._standing().scan_iter(match=_pattern(prefix), count=1000))
            values: Any = self._standing().mget(keys) if keys else []
        except redis.RedisError as error:
            raise ServerError(f"cannot read keys: {error}", where=self.address(), hint="is it running?") from error
        pairs = zip(keys, values, strict=True)
        return {key.decode(errors="replace"): int(value) for key, value in pairs if value and INTEGER.fullmatch(value)}

    def pin(self, cpus: Sequence[int]) -> bool:
        """Keep the server on these CPUs; return False where that can't be done."""
        return False

    def cpu_clock(self) -> Callable[[], int] | None:
        """Return a function that reads the server's CPU clock in ns, or None where it can't be read."""
        return cpu_clock(self.pid)


def _pattern(prefix: str) -> str:
    """Return SCAN's pattern for all keys with this prefix."""
    return re.sub(r"([\\*?\[\]^-])", r"\\\1", prefix) + "*"


class ValkeyServer(Cache):
    """A private server: on a Unix socket, no port, nothing saved. It ends when this process ends (supervisor.py)."""

    private = True

    def __init__(self) -> None:
        super().__init__()
        self._folder: RunFolder | None = None
        self._process: SupervisedProcess | None = None

    @property
    def folder(self) -> RunFolder:
        """The running server's folder.

        Raises:
            ServerError: If it is not running.
        """
        if self._folder is None:
            raise ServerError("the private cache server is not running", hint="call start() first")
        return self._folder

    @property
    def socket(self) -> Path:
        """The server's Unix socket."""
        return self.folder.sockets / "v.sock"

    @property
    def log_path(self) -> Path:
        """The server's log, removed when the server stops."""
        return self.folder.log

    def url(self) -> str:
        """Return the server as django-redis's LOCATION."""
        return f"unix://{self.socket}?db=0"

    def running(self) -> bool:
        """Return whether the server has been started and has not ended."""
        return self._process is not None and self._process.running()

    def start(self) -> None:
        """Start the server, in 0.03 s. Raises ServerError if it cannot be started."""
        if self._process is not None:
            raise ServerError("the private cache server is already running", where=self.address())
        home, user = open_home(), server_user()
        stop_leftovers(home)
        program, programs = find_valkey(home, user)
        self.source = programs.source
        self._folder = new_run_folder(home, "valkey")
        command: list[str | Path] = [
            program, "--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "700", "--save", "",
            "--appendonly", "no", "--daemonize", "no", "--databases", "16", "--dir", self._folder.sockets,
        ]  # fmt: skip
        try:
            self._process = SupervisedProcess(command, log=self._folder.log, user=user, graceful=signal.SIGTERM)
            self._folder.write("valkey", supervisor=self._process.supervisor_pid, server=self._process.pid)
            self._wait_until_ready(self._process)
        except BaseException:
            self._end(clean=False)
            raise
        self.pid = self._process.pid

    def _wait_until_ready(self, process: SupervisedProcess) -> None:
        deadline = time.monotonic() + READY_TIMEOUT_S
        while True:
            try:
                self._standing().ping()
                return
            except redis.RedisError as error:
                if not process.running():
                    raise ServerError(f"ended at once: {process.log_tail()}", where=self.address()) from error
                if time.monotonic() > deadline:
                    raise ServerError(
                        f"not ready after {READY_TIMEOUT_S:.0f} s: {error}", where=self.address()
                    ) from error
                time.sleep(0.01)

    def stop(self) -> None:
        """Stop the server, and remove its folder."""
        self._end(clean=True)

    def _end(self, clean: bool) -> None:
        self.close()
        process, folder = self._process, self._folder
        self._process, self.pid = None, None
        if process is not None:
            process.stop(10) if clean else process.stop_now()
        if folder is not None:
            folder.remove()
        self._folder = None

    def pin(self, cpus: Sequence[int]) -> bool:
        """Keep the server on these CPUs; return False where that can't be done."""
        return self.pid is not None and pinning.pin(self.pid, cpus)


class ExternalCache(Cache):
    """A server that someone else runs. Its counters include its other users."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def url(self) -> str:
        """Return the server's URL as the user wrote it."""
        return self._url

    def start(self) -> None:
        """Check that it responds, and find its process at the other end of a Unix socket, whose CPU clock can be read."""
        try:
            self._check()
        except BaseException:
            self.close()
            raise

    def _check(self) -> None:
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
