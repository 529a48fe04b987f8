"""A server on loopback that responds as the API of GitHub or GitLab does, and keeps what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Sent:
    """A request as the server got it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Response:
    """A status, the content (JSON unless it is bytes), and headers."""

    status: int = 200
    content: Any = None
    headers: dict[str, str] = field(default_factory=dict)


Respond = Callable[[Sent], Response]


@dataclass
class Server:
    """The server's address, and the requests that it got."""

    address: str
    sent: list[Sent] = field(default_factory=list)

    def methods(self) -> list[str]:
        return [request.method for request in self.sent]


@contextmanager
def serving(respond: Respond) -> Iterator[Server]:
    """Serve what a function responds, on a free port, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            parts = urlsplit(self.path)
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else None
            request = Sent(self.command, parts.path, dict(parse_qsl(parts.query)), dict(self.headers), body)
            server.sent.append(request)
            response = respond(request)
            content = response.content if isinstance(response.content, bytes) else json.dumps(response.content).encode()
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_PUT = respond

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        server = Server(f"http://127.0.0.1:{listening.server_address[1]}")
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()


@dataclass
class Comments:
    """The comments of one pull request or merge request, kept as a forge keeps them."""

    list_path: str
    edit_path: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    own: dict[str, Any] = field(default_factory=lambda: {"user": {"login": "github-actions[bot]"}})

    def __call__(self, request: Sent) -> Response:
        if request.method == "GET" and request.path == self.list_path:
            size, page = int(request.query["per_page"]), int(request.query["page"])
            return Response(200, self.rows[size * (page - 1) : size * page])
        if request.method == "POST" and request.path == self.list_path:
            return Response(201, self._added(request.body["body"]))
        for row in self.rows:
            if request.method in ("PATCH", "PUT") and request.path == f"{self.edit_path}/{row['id']}":
                row["body"] = request.body["body"]
                return Response(200, row)
        return Response(404, {"message": "Not Found"})

    def add(self, body: str, **author: Any) -> None:
        self._added(body, **author)

    def _added(self, body: str, **author: Any) -> dict[str, Any]:
        number = len(self.rows) + 1
        self.rows.append(
            {"id": number, "body": body, "html_url": f"https://github.example/c/{number}", **(author or self.own)}
        )
        return self.rows[-1]
