"""A private Valkey: on a Unix socket, without a port; each cell has databases of its own."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import redis

from perflab.errors import ServerError
from perflab.servers.disk.clean import stop_leftovers
from perflab.servers.disk.find import find_valkey
from perflab.servers.disk.home import RunFolder, new_run_folder, open_home
from perflab.servers.supervision import pinning
from perflab.servers.supervision.supervised import SupervisedProcess
from perflab.servers.supervision.users import server_user
from perflab.servers.valkey import keys
from perflab.servers.valkey.base import CACHE_VARIABLE, Cache
from perflab.servers.valkey.keys import KEY_PREFIX, KeySpace

READY_TIMEOUT_S = 30.0
# One for each cell and each place of the project's caches; an unused one costs nothing.
DATABASES = 4096


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

    def _new_space(self, number: int) -> KeySpace:
        """Return a database of its own: whatever keys a project makes up, no other cell sees them."""
        if number >= DATABASES:
            raise ServerError(
                f"there are only {DATABASES:,} databases for the caches of cells", where=self.address(),
                hint="use fewer factors",
            )  # fmt: skip
        return KeySpace(f"unix://{self.socket}?db={number}&client_name={KEY_PREFIX}", database=number)

    def forget(self) -> None:
        """Delete what all key spaces hold but those of `keep`. Raises ServerError if the server does not respond."""
        for client in self._filled(space for _, space in self._forgotten()):
            keys.flush(client, self.address())

    def integers(self) -> dict[str, int]:
        """Return {key: value} of the keys in all key spaces that hold an integer. Raises ServerError as `forget`."""
        every: dict[str, int] = {}
        for client in self._filled(self._spaces.values()):
            every |= keys.integers(client, "", self.address())
        return every

    def _filled(self, spaces: Iterable[KeySpace]) -> Iterator[redis.Redis]:
        """Yield a connection to each of these databases that holds anything."""
        filled = self.info("keyspace")
        for space in spaces:
            if f"db{space.database}" in filled:
                client = keys.opened(space.url, CACHE_VARIABLE)
                try:
                    yield client
                finally:
                    client.close()

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
            "--appendonly", "no", "--daemonize", "no", "--databases", str(DATABASES), "--dir", self._folder.sockets,
        ]  # fmt: skip
        try:
            self._process = SupervisedProcess(command, log=self._folder.log, user=user, graceful=signal.SIGTERM)
            self._folder.write("valkey", supervisor=self._process.supervisor_pid, server=self._process.pid)
            self._wait_until_ready(self._process)
            self.check_age()
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
