"""The state folder: what the lab keeps outside the checkout, and what interrupted runs left there.

<home>/                   $PERFLAB_HOME, else /var/tmp/perflab-<uid>; 0700 (root: 0711, so that its servers' user can pass)
  data/<hash>/            seeded data: pg/ (a PostgreSQL data directory), pg.marker, manifest.json, lock;
                          sqlite/ (0700, files) instead of the first two
  run/<name>/             one running server: record.json, log, s/ (its socket, 0700), pg/ (throw-away data)
  environments/<hash>/    the packages of a revision, as its own file pins them, and beside it a lock
  bin/<name>/             copies of programs that the servers' user could not read where they are installed
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import stat
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from perflab.errors import ServerError
from perflab.servers.disk.spreading import spread
from perflab.servers.supervision.process import Identity, boot_id, identify, is_alive
from perflab.servers.supervision.users import give, is_root, parents_in_the_way, server_user

SOCKET_PATH_BYTES = 107  # the longest path of a Unix socket
SOCKET_NAME = "s.PGSQL.5432"


@dataclass(frozen=True, slots=True)
class Home:
    """The state folder, checked and created."""

    path: Path

    @property
    def data(self) -> Path:
        """The folder of seeded data."""
        return self.path / "data"

    @property
    def run(self) -> Path:
        """The folder of running servers."""
        return self.path / "run"

    @property
    def environments(self) -> Path:
        """The folder of virtual environments made for revisions; it may be missing."""
        return self.path / "environments"

    @property
    def bin(self) -> Path:
        """The folder of copied programs."""
        return self.path / "bin"

    def data_folder(self, key: str) -> Path:
        """Return the folder of one seeded data set, made if it is missing. Its data directory is `<folder>/pg`."""
        return _make(self.data / key)


def home_path() -> Path:
    """Return where the state folder is, or will be."""
    named = os.environ.get("PERFLAB_HOME")
    if named:
        return Path(named).expanduser().absolute()
    base = Path("/var/tmp")
    return (base if base.is_dir() else Path(tempfile.gettempdir())) / f"perflab-{os.getuid()}"


def open_home() -> Home:
    """Return the state folder, made if it is missing.

    Raises:
        ServerError: It cannot be made, is a symlink, another user's, or out of reach of the servers' user.
    """
    path = home_path()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        status = path.lstat()
    except OSError as error:
        raise ServerError(
            f"cannot create the state folder: {error.strerror}",
            where=str(path),
            hint="set PERFLAB_HOME to another folder",
        ) from error
    if stat.S_ISLNK(status.st_mode) or not stat.S_ISDIR(status.st_mode):
        raise ServerError(
            "the state folder is a link or a file",
            where=str(path),
            hint="remove it, or set PERFLAB_HOME",
        )
    if status.st_uid != os.geteuid():
        raise ServerError(
            f"the state folder belongs to user {status.st_uid}, not to you ({os.geteuid()})",
            where=str(path), hint="set PERFLAB_HOME to a folder of your own",
        )  # fmt: skip
    path.chmod(_mode())
    user = server_user()
    if user is not None and (closed := next(parents_in_the_way(user, path), None)):
        raise ServerError(
            f"servers that root starts run as the user {user.name}, who may not enter {closed}",
            where=str(path), hint="set PERFLAB_HOME to a folder below /var/tmp",
        )  # fmt: skip
    home = Home(path)
    for part in (home.data, home.run, home.bin):
        spread(_make(part))
    return home


def _mode() -> int:
    return 0o711 if is_root() else 0o700


def _make(path: Path) -> Path:
    path.mkdir(exist_ok=True)
    path.chmod(_mode())
    return path


@dataclass(frozen=True, slots=True)
class Record:
    """One started server, recorded on disk so that a later process can clean up after it."""

    kind: str
    boot: str | None
    orchestrator: Identity
    supervisor: Identity | None = None
    server: Identity | None = None
    also_remove: tuple[str, ...] = field(default=())

    def orphaned(self) -> bool:
        """Return whether the process that started the server is gone."""
        return self.boot != boot_id() or not is_alive(self.orchestrator)

    def processes(self) -> list[Identity]:
        """Return the server's processes that still live, the supervisor first; none of an earlier boot."""
        if self.boot != boot_id():
            return []
        return [who for who in (self.supervisor, self.server) if who is not None and is_alive(who)]


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of one running server."""

    path: Path
    sockets: Path

    @property
    def log(self) -> Path:
        """The log of the server and its supervisor."""
        return self.path / "log"

    def write(self, kind: str, supervisor: int | None = None, server: int | None = None) -> None:
        """Record the server's processes, in one step.

        Args:
            kind: "postgres" or "valkey".
            supervisor: The supervisor's pid, once it is known.
            server: The server's pid, once it is known.

        Raises:
            ServerError: The start of this process cannot be read.
        """
        me = identify(os.getpid())
        if me is None:  # leftovers could not be distinguished from live servers
            raise ServerError("cannot find out when this process started", hint="is /proc mounted?")
        record = Record(
            kind, boot_id(), me, identify(supervisor) if supervisor else None, identify(server) if server else None,
            () if self.sockets.is_relative_to(self.path) else (str(self.sockets),),
        )  # fmt: skip
        draft = self.path / "record.new"
        facts = asdict(record)
        facts["guard"] = facts.pop("supervisor")  # the key that other versions of perflab on this machine read
        draft.write_text(json.dumps(facts))
        draft.replace(self.path / "record.json")

    def remove(self) -> None:
        """Remove the folder, and the socket folder wherever it is."""
        for path in (self.sockets, self.path):
            shutil.rmtree(path, ignore_errors=True)


def new_run_folder(home: Home, kind: str) -> RunFolder:
    """Make a folder for a server about to start, with a socket folder of mode 0700 whose path is short enough."""
    path = home.run / secrets.token_hex(3)
    path.mkdir()
    path.chmod(_mode())
    sockets = path / "s"
    if len(os.fsencode(sockets / f".{SOCKET_NAME}")) > SOCKET_PATH_BYTES:
        sockets = Path(tempfile.mkdtemp(prefix="perflab-", dir="/tmp"))
    else:
        sockets.mkdir()
    folder = RunFolder(path, sockets)
    folder.write(kind)
    give(server_user(), sockets)
    return folder


def read_record(folder: Path) -> Record | None:
    """Return the record in a run folder, or None if it has none (its process was interrupted in the first millisecond)."""
    try:
        raw = json.loads((folder / "record.json").read_text())
        who = {k: Identity(**raw[k]) if raw[k] else None for k in ("guard", "server")}
        return Record(
            raw["kind"],
            raw["boot"],
            Identity(**raw["orchestrator"]),
            who["guard"],
            who["server"],
            tuple(raw["also_remove"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def leftovers(home: Home) -> list[tuple[Path, Record | None]]:
    """Return the run folders of interrupted runs: their orchestrator is gone, or they never got a record."""
    abandoned: list[tuple[Path, Record | None]] = []
    for folder in sorted(home.run.iterdir()):
        record = read_record(folder)
        if record is None:
            if _age_s(folder) > 60:  # younger: perhaps about to be written
                abandoned.append((folder, None))
        elif record.orphaned():
            abandoned.append((folder, record))
    return abandoned


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0
