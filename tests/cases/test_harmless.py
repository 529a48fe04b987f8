"""A whole run of a project that reaches for everything outside: nothing of it is touched, and what was refused is named."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from perflab.analysis.summary import summarise
from perflab.run.store import Run
from tests.cases.replaying import replayed, state_folder
from tests.perflab.tasks import PROJECT

pytestmark = [
    pytest.mark.servers,
    pytest.mark.replays,
    pytest.mark.slow,
    # a replay takes turns with others on the machine
    pytest.mark.timeout(900),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a private Valkey and /proc"),
]

SCENARIO = "tests/cases/harmless/scenario.yaml"
SETTINGS = "tests/cases/harmless/settings.py"
VIEWS = "tests/cases/harmless/urls.py"
ENDPOINTS = ("read", "upload", "mail", "log", "call", "write")


@dataclass
class Listener:
    """A server that notes whoever connects."""

    port: int = 0
    peers: list[object] = field(default_factory=list)

    def listen(self) -> list[socket.socket]:
        tcp, udp = socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.port = tcp.getsockname()[1]
        udp.bind(("127.0.0.1", self.port))
        threading.Thread(target=self._tcp, args=[tcp], daemon=True).start()
        threading.Thread(target=self._udp, args=[udp], daemon=True).start()
        return [tcp, udp]

    def _tcp(self, server: socket.socket) -> None:
        while True:
            try:
                peer, address = server.accept()
            except OSError:
                return
            self.peers.append(address)
            peer.close()

    def _udp(self, server: socket.socket) -> None:
        while True:
            try:
                self.peers.append(server.recvfrom(100))
            except OSError:
                return


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with state_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    made = Listener()
    sockets = made.listen()
    yield made
    for each in sockets:
        each.shutdown(socket.SHUT_RDWR) if each.type == socket.SOCK_STREAM else None
        each.close()


@pytest.fixture(scope="module")
def outside(listener: Listener, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The project's own folder, with media; the settings learn of it through the environment."""
    folder = tmp_path_factory.mktemp("outside")
    (folder / "media" / "documents").mkdir(parents=True)
    (folder / "media" / "protected").mkdir()
    for name in ("old", "changed", "removed"):
        (folder / "media" / "documents" / f"{name}.txt").write_text("old")
    (folder / "media" / "protected" / "secret.txt").write_text("old")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARMLESS_FOLDER", str(folder))
        patch.setenv("HARMLESS_PORT", str(listener.port))
        yield folder


def contents(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@dataclass
class Before:
    files: dict[str, str]


@pytest.fixture(scope="module")
def before(outside: Path) -> Before:
    return Before(contents(outside))


@pytest.fixture(scope="module")
def run(before: Before, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return replayed(SCENARIO, tmp_path_factory.mktemp("harmless"), home)


def contacts(run: Run, kind: str) -> list[tuple[str | None, str, str]]:
    """The endpoint, the target and the file that is named, of each contact."""
    rows = [row for row in run.meta["contacts"] if row["kind"] == kind]
    return sorted(
        ((row["endpoint"], row["target"], str(row["place"]).partition(":")[0]) for row in rows),
        key=str,
    )


def test_every_request_is_answered(run: Run) -> None:
    statuses = run.samples[run.samples["role"] != "reference"].groupby("endpoint", observed=True)["status"].unique()
    assert {name: list(statuses[name]) for name in ENDPOINTS} == {
        name: [201] if name == "upload" else [200] for name in ENDPOINTS
    }
    assert summarise(run).as_dict()["equivalence"]["changed"] == 0


def test_nothing_outside_is_touched(run: Run, outside: Path, before: Before) -> None:
    after = contents(outside)
    assert after.pop("export.csv"), "this one is named, not prevented"
    assert after == before.files


def test_nobody_was_reached(run: Run, listener: Listener) -> None:
    assert listener.peers == []


def test_what_was_refused_is_named_with_line_and_count(run: Run, listener: Listener) -> None:
    server = f"localhost:{listener.port}"
    assert set(contacts(run, "connection")) == {
        ("call", "customers.example.com:443", VIEWS),
        ("call", server, VIEWS),
        ("pay", server, VIEWS),
        (None, server, SETTINGS),
    }
    (row,) = [row for row in run.meta["contacts"] if row["target"] == "customers.example.com:443"]
    requests = run.samples[(run.samples["endpoint"] == "call") & (run.samples["role"] != "reference")]
    assert row["count"] == len(requests)
    assert contacts(run, "database") == [], "a worker has a copy"


def test_what_is_not_prevented_is_named(run: Run, outside: Path) -> None:
    assert contacts(run, "file") == [("write", str(outside / "export.csv"), VIEWS)]
    assert contacts(run, "process") == [("write", Path(sys.executable).name, VIEWS)]
    assert [row["endpoint"] for row in run.meta["contacts"] if row["kind"] == "mail"] == ["mail"]


def test_the_page_and_run_json_have_it(run: Run) -> None:
    findings = summarise(run).as_dict()["findings"]
    refused = [finding for finding in findings if finding["class"] == "refused_connection"]
    assert {finding["endpoint"] for finding in refused} == {"call", "pay", None}
    others = {finding["class"] for finding in findings if finding["endpoint"] != "pay"}
    assert others == {"refused_connection", "file_outside", "process_started"}
    assert run.meta["first_requests"]["left_out"] == ["pay"], "its connection was refused in the first requests alone"
    assert SETTINGS in run.meta["code"]["files"] and run.meta["code"]["changed"] == []


def test_no_folder_of_a_cell_is_left(run: Run, home: Path) -> None:
    assert [path for path in (home / "run").iterdir() if (path / "cells").exists()] == []


def checked(*allow: str, folder: Path) -> str:
    """What `perflab check` prints for the scenario, with addresses that it allows."""
    path = folder / "scenario.yaml"
    path.write_text((PROJECT / SCENARIO).read_text().replace("subject: {", f"subject: {{allow: {list(allow)!r}, "))
    done = subprocess.run(
        [sys.executable, "-m", "perflab", "check", str(path)],
        capture_output=True, text=True, cwd=PROJECT, check=False, env={**os.environ, "PYTHONPATH": "app"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_check_names_it_before_anything_runs_and_reaches_nobody(
    outside: Path, before: Before, listener: Listener, tmp_path: Path
) -> None:
    peers = list(listener.peers)
    text = checked(folder=tmp_path)
    assert f"connects to localhost:{listener.port}" in text
    assert f"{SETTINGS}:" in text
    assert "the log handler elsewhere sends nothing" in text
    assert (
        "harmless/apps.py:13 connects to the database default (production.sqlite3): refused; a run connects to a copy instead"
        in text
    )
    assert listener.peers == peers
    assert {name: value for name, value in contents(outside).items() if name != "export.csv"} == before.files


def test_what_the_scenario_allows_is_reached(outside: Path, listener: Listener, tmp_path: Path) -> None:
    peers = len(listener.peers)
    text = checked(f"localhost:{listener.port}", folder=tmp_path)
    assert "connects to localhost" not in text
    assert len(listener.peers) > peers
