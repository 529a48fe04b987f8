"""Connections to anything but the lab's own servers are refused; processes and files outside are named."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from perflab.worker.guards.contacts import Contacts
from perflab.worker.guards.outside import Outside, is_in_memory, normal, text_of
from tests.perflab.worker.guards.guarded import run


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


@pytest.fixture
def server() -> Iterator[tuple[socket.socket, int]]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.settimeout(0)
        yield made, made.getsockname()[1]


def has_come(server: socket.socket) -> bool:
    try:
        server.accept()[0].close()
    except BlockingIOError:
        return False
    return True


CONNECT = """
def go():
    with socket.create_connection(("localhost", {port}), timeout=5):
        return "arrived"
try:
    print(go())
except ConnectionRefusedError as error:
    print(error)
print(contacts())
"""


def test_a_connection_is_refused_before_it_is_made_and_named(root: Path, server: tuple[socket.socket, int]) -> None:
    listening, port = server
    printed = run(root, CONNECT.format(port=port))
    assert f"view.py:3 connects to localhost:{port}, which perflab refuses" in printed
    assert "to allow it, add" in printed and f"('connection', 'localhost:{port}', 'view.py:3', " in printed
    assert not has_come(listening)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_what_is_allowed_is_reached(root: Path, server: tuple[socket.socket, int], host: str) -> None:
    listening, port = server
    assert run(root, CONNECT.format(port=port), f"{host}:{port}") == "arrived\n[]\n"
    assert has_come(listening)


UNIX = """
for name in ("own/s", "other"):
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(os.path.join({folder!r}, name))
            print("arrived")
        except ConnectionRefusedError:
            print("refused")
"""


def test_a_folder_of_sockets_can_be_allowed(root: Path, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    with socket.socket(socket.AF_UNIX) as first, socket.socket(socket.AF_UNIX) as second:
        for server, name in ((first, "own/s"), (second, "other")):
            server.bind(str(tmp_path / name))
            server.listen()
        assert run(root, UNIX.format(folder=str(tmp_path)), str(tmp_path / "own")) == "arrived\nrefused\n"


EVERYTHING = """
import asyncio, subprocess, tempfile
def attempt(call):
    try:
        return call() or "done"
    except OSError as error:
        return type(error).__name__
def udp():
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", {port}))
print(attempt(udp))
print(attempt(lambda: socket.getaddrinfo("example.com", 443)))
print(isinstance(guards.outside._refused("lookup", "x"), socket.gaierror))
print(attempt(lambda: socket.gethostbyname("example.com")))
print(attempt(lambda: asyncio.run(asyncio.open_connection("127.0.0.1", {port}))))
print(attempt(lambda: socket.getaddrinfo("127.0.0.1", 1) and socket.gethostbyname(socket.gethostname()) and None))
contacts()
"""


def test_every_way_to_connect_is_refused_and_looking_up_oneself_is_not(
    root: Path, server: tuple[socket.socket, int]
) -> None:
    listening, port = server
    printed = run(root, EVERYTHING.format(port=port)).splitlines()
    assert printed == ["Refused", "Refused", "True", "Refused", "Refused", "done"]
    assert not has_come(listening)


DATABASE = """
from django.db import OperationalError, connection
try:
    connection.cursor()
except OperationalError as error:
    print(error)
connection.settings_dict["NAME"] = "perflab_run_x.sqlite3"
with connection.cursor() as cursor:
    cursor.execute("SELECT 1")
connection.close()
print(contacts(), Path("production.sqlite3").exists())
"""


def test_a_database_that_is_not_the_labs_is_not_opened(root: Path) -> None:
    printed = run(root, DATABASE)
    assert "view.py:4 connects to the database default (production.sqlite3), which perflab refuses" in printed
    assert printed.endswith("[('database', 'default (production.sqlite3)', 'view.py:4', 1)] False\n")


WRITES = """
import subprocess
Path("out.csv").write_text("1")
(folder / "mine.csv").write_text("1")
os.rename("out.csv", "away.csv")
os.remove("away.csv")
open(os.devnull, "w").close()
Path("view.py").read_text()
subprocess.run([sys.executable, "-c", ""])
for line in contacts():
    print(line)
"""


def test_processes_and_files_outside_the_cell_are_named(root: Path) -> None:
    printed = run(root, WRITES).splitlines()
    assert printed[:3] == [
        "('file', 'out.csv', 'view.py:3', 1)",
        "('file', 'out.csv', 'view.py:5', 1)",
        "('file', 'away.csv', 'view.py:6', 1)",
    ]
    assert len(printed) == 4 and printed[3].startswith("('process', 'python") and "'view.py:9', 1)" in printed[3]


def test_an_address_has_one_form() -> None:
    assert text_of(("127.0.0.1", 80)) == text_of(("::1", 80, 0, 0)) == normal("LOCALHOST:80") == "localhost:80"
    assert text_of(("10.0.0.1", 80)) == "10.0.0.1:80" and text_of(b"/run/s") == "/run/s"
    assert is_in_memory(":memory:") and is_in_memory("file:x?mode=memory") and not is_in_memory("db.sqlite3")


def test_addresses_of_an_allowed_name_are_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = Outside(Contacts(tmp_path), ["cache.example.com:6379"])
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, port: [(0, 0, 0, "", ("10.1.2.3", port))])
    outside._look_up(("cache.example.com", 6379))
    outside._connect((None, ("10.1.2.3", 6379)))
    with pytest.raises(ConnectionRefusedError):
        outside._connect((None, ("10.1.2.3", 6380)))
