"""Code in a process of its own that has Locust, and a server that writes down what it is sent."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic
from typing import Any

from perflab.experiment.load.schedule import Request

PROJECT = Path(__file__).resolve().parents[4]


def run(code: str) -> str:
    """Run code in a process of its own: importing Locust changes how sockets and threads work; what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60, cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT / "app")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass
class Seen:
    """A request as it arrived.

    Attributes:
        at_s: When, on the monotonic clock.
        method: The method.
        path: Path and query.
        headers: The headers.
        body: The body.
        connection: The port of the other side.
    """

    at_s: float
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int


@dataclass
class Site:
    """A server on 127.0.0.1: `/wait` responds once `go` is set, `/status/N` has the status N, `/bytes/N` a body of N bytes."""

    server: ThreadingHTTPServer
    seen: list[Seen] = field(default_factory=list)
    go: threading.Event = field(default_factory=threading.Event)
    # After so many other requests, `/wait` responds by itself.
    go_after: int | None = None
    # Called while the request waits for its response.
    on_request: Callable[[Seen], None] = field(default=lambda seen: None)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def note(self, seen: Seen) -> None:
        self.seen.append(seen)
        self.on_request(seen)
        if self.go_after is not None and sum(each.path != "/wait" for each in list(self.seen)) >= self.go_after:
            self.go.set()


class Quiet(ThreadingHTTPServer):
    """A client that is gone is no error."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@contextmanager
def site() -> Iterator[Site]:
    """A server for one test."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def respond(self) -> None:
            at_s = monotonic()
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            _, kind, number = f"{self.path}/".split("/")[:3]
            made.note(Seen(at_s, self.command, self.path, dict(self.headers), body, self.client_address[1]))
            if kind == "wait":
                made.go.wait(20)
            status = int(number) if kind == "status" else 200
            content = b"x" * (int(number) if kind == "bytes" else 2)
            if kind == "cut":
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            if status in (301, 302):
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = respond

        def log_message(self, format: str, *args: Any) -> None:
            pass

    made = Site(Quiet(("127.0.0.1", 0), Handler))
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.go.set()
        made.server.shutdown()
        made.server.server_close()
        thread.join()


def get(number: int, path: str = "/", at_s: float = 0.0, person: str = "1", **headers: str) -> Request:
    return Request(number, at_s, person, "GET", path, headers, None)
