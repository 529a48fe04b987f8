"""One request of a WSGI application, and the clocks around it.

The clocks surround the call of the application, the last byte of the body and close(). Everything else - building
the environ, decoding, what is compared - happens before or after.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Any
from urllib.parse import unquote_to_bytes

from perflab.scenario.project import WsgiApplication
from perflab.worker.protocol import Order


@dataclass(slots=True)
class Response:
    """What came back. `status` None and `error` set: the application raised."""

    status: int | None
    headers: list[tuple[str, str]]
    body: bytes
    error: str | None = None


def environ_of(order: Order, headers: Mapping[str, str]) -> dict[str, Any]:
    """The WSGI environ of a Step (PEP 3333), as a server behind TLS would build it.

    The scheme is https, so that a project that redirects plain http answers as it does in production.
    """
    path, _, query = order.path.partition("?")
    body = b"" if order.body is None else order.body.encode()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": order.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if order.body is not None:
        environ["CONTENT_TYPE"] = "application/json"
        environ["CONTENT_LENGTH"] = str(len(body))
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    return environ


class Caller:
    """Calls the application; an instance is used again for every request, to keep the call itself short."""

    def __init__(self, application: WsgiApplication, spin_share: float = 0.0) -> None:
        self._application = application
        self._spin_share = spin_share
        self._status = ""
        self._headers: list[tuple[str, str]] = []

    def _start_response(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        self._status = status
        self._headers = headers
        return None

    def call(self, environ: dict[str, Any]) -> bytes:
        """One request, to the last byte and close(). Raises what the application raises."""
        began = perf_counter_ns()
        chunks: Iterable[bytes] = self._application(environ, self._start_response)
        try:
            body = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        if self._spin_share:
            now = perf_counter_ns()
            until = now + int((now - began) * self._spin_share)
            while perf_counter_ns() < until:
                pass
        return body

    def response(self, body: bytes) -> Response:
        """The response of the last call."""
        return Response(int(self._status.split(" ", 1)[0]), self._headers, body)


def error_of(response: Response) -> str | None:
    """One line where the server is at fault (5xx), None otherwise: 403 and 404 are answers."""
    if response.error is not None:
        return response.error
    if response.status is not None and response.status >= 500:
        return f"answered {response.status}"
    return None
