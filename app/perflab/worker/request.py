"""One request of a WSGI application, and the clocks around it.

The clocks surround the call of the application, the last byte of the body and close(). Everything else (building
the environ, decoding, the digest) happens before or after.

All times of a worker are readings of the monotonic clock, which all processes of a machine share.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import monotonic_ns
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from perflab.errors import one_line
from perflab.scenario.project import HOST, WsgiApplication
from perflab.worker.responses.stream import StreamReader, is_streamed, name_of
from perflab.workload.steps import Step

Headers = list[tuple[str, str]]


class RawResponse(NamedTuple):
    """Hold what an application returned, unchanged: nothing is decoded inside the clocks. `cut`: why its body is not whole."""

    status_line: str
    headers: Headers
    body: bytes
    cut: str | None = None


@dataclass(slots=True)
class Response:
    """Hold a decoded response. `status` None and `error` set: the application raised; `cut`: why its body is not whole."""

    status: int | None
    headers: Headers
    body: bytes
    error: str | None = None
    cut: str | None = None

    @classmethod
    def of_error(cls, error: BaseException | None) -> Response:
        """Return the response to a request during which the application raised."""
        return cls(None, [], b"", error="raised" if error is None else f"raised {one_line(error)}")

    @classmethod
    def of(cls, raw: RawResponse) -> Response:
        """Decode what an application returned."""
        return cls(int(raw.status_line.split(" ", 1)[0]), raw.headers, raw.body, cut=raw.cut)


def environ_of(step: Step, headers: Mapping[str, str], host: str = HOST) -> dict[str, Any]:
    """Return the WSGI environ of a Step (PEP 3333), as a server behind TLS would build it.

    The scheme is https, so that a project that redirects plain http responds as it does in production.

    Args:
        step: The request.
        headers: All request headers: the caller's and the endpoint's.
        host: The host, unless the headers name another one.
    """
    path, _, query = step.path.partition("?")
    body = step.body.encode() if isinstance(step.body, str) else step.body or b""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": step.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": host,
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": host,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if step.body is not None:
        environ["CONTENT_TYPE"] = "application/json"
        environ["CONTENT_LENGTH"] = str(len(body))
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        # A server hands the bytes of a header over as latin-1.
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value.encode().decode("latin-1")
    return environ


class Caller:
    """Call the application; an instance is used for all requests, to keep the call itself short.

    Args:
        application: The WSGI application.
        spin_share: How much longer each request is made, as a share of its own time (the positive control).
        endless: Names of streams that do not end, see `StreamReader`.
    """

    def __init__(self, application: WsgiApplication, spin_share: float = 0.0, endless: Iterable[str] = ()) -> None:
        self._application = application
        self._spin_share = spin_share
        self._streams = StreamReader(endless=endless)
        self._status = ""
        self._headers: Headers = []

    def _start_response(self, status: str, headers: Headers, exc_info: Any = None) -> Any:
        self._status = status
        self._headers = headers
        return None

    def call(self, environ: dict[str, Any]) -> RawResponse:
        """Execute one request, to the last byte and close(). Raises what the application raises."""
        began = monotonic_ns()
        chunks: Iterable[bytes] = self._application(environ, self._start_response)
        cut = None
        try:
            if is_streamed(chunks):
                body, cut = self._streams.read(chunks, name_of(environ.get("PATH_INFO", "")))
            else:
                body = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        if self._spin_share:
            now = monotonic_ns()
            until = now + int((now - began) * self._spin_share)
            while monotonic_ns() < until:
                pass
        return RawResponse(self._status, self._headers, body, cut)


def error_of(response: Response) -> str | None:
    """Return one line where the server is at fault (5xx), None otherwise: 403 and 404 are valid responses."""
    if response.error is not None:
        return response.error
    if response.status is not None and response.status >= 500:
        return f"returned {response.status}"
    return None
