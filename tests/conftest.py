"""The servers that the tests use: private ones, started once and only when a test needs them, in a state folder of their own.

The supervisors end them when pytest ends, also by kill -9; the state folder that such an end leaves goes at the next start.
"""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from perflab.notebook.execution import without_iri
from perflab.servers.disk.clean import stop_leftovers
from perflab.servers.disk.home import open_home
from perflab.servers.postgres import PostgresServer
from perflab.servers.supervision.process import boot_id, identify
from perflab.servers.valkey import ValkeyServer

with without_iri():  # else whichever test module imports it first takes two seconds, in each process
    import nbformat  # noqa: F401  # loaded for the tests that read notebooks

TEST_HOME = "perflab-test-"
VARIABLES = ("PERFLAB_DATABASE_URL", "PERFLAB_CACHE_URL")


def pytest_configure() -> None:
    """Take SIGINT as a terminal sends it: what a shell starts in the background ignores it, and so would all that tests start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Where several processes share the tests, keep a module together, and with each other all that replay but whole runs.

    pytest-xdist reads the groups before any hook of a conftest could sort or change the collected items.
    """
    if "PYTEST_XDIST_WORKER" in os.environ:
        module = item.path.relative_to(item.config.rootpath).with_suffix("").as_posix()
        item.add_marker(pytest.mark.xdist_group(("replays", f"{module}-whole", module)[_turn(item)]))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take longest: a short one at the end leaves no process waiting for another."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=_order)


def _order(item: pytest.Item) -> tuple[int, float]:
    """Its turn; of whole runs, the longest first, as their time limits tell."""
    turn, limit = _turn(item), item.get_closest_marker("timeout")
    return turn, -limit.args[0] if turn == 1 and limit is not None else 0.0


def _turn(item: pytest.Item) -> int:
    """When a test's turn is: 0 for those that replay, 1 for whole runs, 2 for all others."""
    if item.get_closest_marker("whole_run") is not None:
        return 1
    return 0 if item.get_closest_marker("replays") is not None else 2


def _remove_homes_of_dead_sessions() -> None:
    for folder in Path("/var/tmp").glob(f"{TEST_HOME}*"):
        try:
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
        except FileNotFoundError:  # another session has just removed it
            continue
        pid, _, _ = folder.name.removeprefix(TEST_HOME).partition("-")
        if pid.isdigit() and identify(int(pid)) is None:
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def perflab_home() -> Iterator[Path]:
    """A state folder for this session; a short path, because sockets lie in it. The user's own servers are not used."""
    _remove_homes_of_dead_sessions()
    home = Path(tempfile.mkdtemp(prefix=f"{TEST_HOME}{os.getpid()}-", dir="/var/tmp"))
    patch = pytest.MonkeyPatch()
    patch.setenv("PERFLAB_HOME", str(home))
    for name in VARIABLES:
        patch.delenv(name, raising=False)
    if boot_id() is not None:
        open_home()  # so that the servers' user may pass through to folders below it, whichever test comes first
    yield home
    if boot_id() is not None:
        stop_leftovers(open_home())
    patch.undo()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(perflab_home: Path) -> Iterator[PostgresServer]:
    """A private PostgreSQL for the session, on data that go with it."""
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def valkey(perflab_home: Path) -> Iterator[ValkeyServer]:
    """A private Valkey for the session."""
    with ValkeyServer() as server:
        yield server


@pytest.fixture(scope="session")
def django_on_private_servers(postgres: PostgresServer, valkey: ValkeyServer) -> Iterator[None]:
    """Point the Django settings at the private servers, for this process and for those that tests start.

    pytest-django has read the settings long before a fixture runs, so they are changed in place; no connection is open yet.
    """
    from django.conf import settings
    from django.core.cache import caches
    from django.db import connections

    name = "perflab_tests"
    postgres.create_database(name)
    wanted: dict[str, Any] = postgres.django_settings(name)
    patch = pytest.MonkeyPatch()
    for key, value in wanted.items():
        patch.setitem(settings.DATABASES["default"], key, value)
        patch.setitem(connections.databases["default"], key, value)
    patch.setitem(settings.CACHES["default"], "LOCATION", valkey.url())
    patch.setenv("CACHE_URL", valkey.url())
    patch.setenv("DATABASE_URL", f"postgresql://{wanted['USER']}@/{name}?host={wanted['HOST']}&port={wanted['PORT']}")
    handlers: tuple[Any, ...] = (connections, caches)
    for handler in handlers:  # what was made with the old settings is made again
        if hasattr(handler._connections, "default"):
            del handler["default"]
    yield
    connections.close_all()
    caches.close_all()
    patch.undo()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_on_private_servers: None) -> None:
    """What pytest-django asks for before it makes the test database."""


@pytest.fixture(scope="session", autouse=True)
def _servers_for_the_subject(request: pytest.FixtureRequest) -> None:
    """The subject's tests use the cache without saying so (the database they ask for): start the servers for them."""
    subject = request.config.rootpath / "tests" / "marketplace"
    if any(item.path.is_relative_to(subject) for item in request.session.items):
        request.getfixturevalue("django_on_private_servers")
