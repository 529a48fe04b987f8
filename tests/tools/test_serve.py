"""`make serve`: the marketplace on private servers, with the debug toolbar, and nothing left behind."""

import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from perflab.servers.disk.home import leftovers, open_home

PROJECT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def read_until(process: subprocess.Popen[bytes], words: str, seconds: float) -> str:
    """The output up to `words`; a server that ends first or stays silent fails the test."""
    assert process.stdout is not None
    deadline, seen = time.monotonic() + seconds, ""
    while words not in seen:
        # Read past Python's own buffer: lines waiting in there would not wake select.
        ready, _, _ = select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))
        more = os.read(process.stdout.fileno(), 65536) if ready else b""
        assert more, f"no {words!r} within {seconds} s:\n{seen}"
        seen += more.decode(errors="replace")
    return seen


@pytest.mark.servers
def test_serves_the_api_and_the_toolbar_and_leaves_nothing(tmp_path: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-u", str(PROJECT / "tools/serve.py"), "--port", str(port)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(PROJECT / "app"), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        output = read_until(process, "Quit the server", 120)
        command = re.search(r"curl -H '(?P<name>[\w-]+): (?P<value>[^']+)' (?P<url>\S+)", output)
        assert command is not None, output
        request = urllib.request.Request(command["url"], headers={command["name"]: command["value"]})
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 200
            assert b'"payer"' in answer.read()
        with urllib.request.urlopen(f"http://localhost:{port}/docs", timeout=30) as answer:
            assert b"djDebug" in answer.read()
        # A terminal sends Ctrl-C to all processes in it.
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(60) == 0
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert [path for path, record in leftovers(open_home()) if record is None or record.orphaned()] == []
