"""Requests to the API of a forge: JSON in and out, a token in a header, every failure one line.

Only urllib, so that the job that holds a token needs no further package. A redirect is never followed with the token: an artefact
lies on another host, which must not get it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from perflab.errors import InputError, PostError, clean
from perflab.units import cut

TIMEOUT_S = 30.0
MAX_JSON = 16 * 1024 * 1024
PER_PAGE = 100
MAX_PAGES = 100
LOOPBACK = ("127.0.0.1", "::1", "localhost")
HINTS = {
    401: "the token is missing, wrong or expired",
    403: "the token may not do this: a pull request from a fork has a read-only one, so comment from a `workflow_run` workflow",
    404: "check the repository and the number of the pull request, and that the token may read them",
    429: "too many requests: try again later",
}


class _NoRedirect(HTTPRedirectHandler):
    """Makes a redirect an error, so that the caller decides what to send where."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow none."""


@dataclass(frozen=True)
class Api:
    """The API below an address.

    Attributes:
        base: The address, such as https://api.github.com.
        headers: What every request carries, the token among it.
        timeout_s: How long the server may be silent, in seconds.
    """

    base: str
    headers: Mapping[str, str]
    timeout_s: float = TIMEOUT_S
    _opener: OpenerDirector = field(default_factory=lambda: build_opener(_NoRedirect), repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.base)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise InputError(f"{self.base!r} is no https:// address", hint="a token is sent over TLS only")

    @property
    def host(self) -> str:
        """The server's name, for messages."""
        return str(urlsplit(self.base).hostname)

    def json(self, method: str, path: str, body: Mapping[str, Any] | None = None, **query: Any) -> Any:
        """Send a request and return the JSON of its response.

        Args:
            method: The HTTP method.
            path: The path below the base; its parts are quoted by the caller.
            body: What is sent, as JSON.
            query: The parameters of the address.

        Raises:
            PostError: The server refuses, does not respond, or responds with something else.
        """
        address = f"{self.base}{path}" + (f"?{urlencode(query)}" if query else "")
        data = None if body is None else json.dumps(body).encode()
        headers = {**self.headers, **({"Content-Type": "application/json"} if data is not None else {})}
        content = self._read(Request(address, data, headers, method=method), MAX_JSON)
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            raise PostError(f"{self.host} responded to {method} {path} with no JSON") from error

    def pages(self, path: str, key: str | None = None, **query: Any) -> Iterator[Mapping[str, Any]]:
        """Yield the items of a list, page by page; one more request for each hundred.

        Args:
            path: The path below the base.
            key: The key that has the list, where the response is an object.
            query: The parameters of the address.

        Raises:
            PostError: As `json` does.
        """
        for page in range(1, MAX_PAGES + 1):
            content = self.json("GET", path, **query, per_page=PER_PAGE, page=page)
            items = content.get(key) if key is not None and isinstance(content, dict) else content
            if not isinstance(items, list):
                raise PostError(f"{self.host} responded to GET {path} with no list")
            yield from (item for item in items if isinstance(item, dict))
            if len(items) < PER_PAGE:
                return

    def download(self, path: str, max_bytes: int) -> bytes:
        """Return a file that the server has, or that it redirects to; the other host does not get the token.

        Args:
            path: The path below the base.
            max_bytes: The size that is refused if it is exceeded.

        Raises:
            PostError: As `json` does, or the file is too large.
        """
        try:
            with self._opener.open(
                Request(f"{self.base}{path}", headers=dict(self.headers)), timeout=self.timeout_s
            ) as got:
                return self._limited(got, max_bytes)
        except HTTPError as error:
            target = error.headers.get("Location", "")
            if error.code not in (301, 302, 303, 307, 308) or not self._is_safe(target):
                raise self._refusal("GET", path, error) from error
        except (URLError, OSError, HTTPException) as error:
            raise self._silence(error) from error
        return self._read(Request(target), max_bytes)

    def _is_safe(self, target: str) -> bool:
        parts = urlsplit(target)
        return parts.scheme == "https" or (
            parts.scheme == "http" and parts.hostname in LOOPBACK and self.host in LOOPBACK
        )

    def _read(self, request: Request, max_bytes: int) -> bytes:
        try:
            with self._opener.open(request, timeout=self.timeout_s) as response:
                return self._limited(response, max_bytes)
        except HTTPError as error:
            raise self._refusal(request.get_method(), urlsplit(request.full_url).path, error) from error
        except (URLError, OSError, HTTPException) as error:
            raise self._silence(error) from error

    def _limited(self, response: Any, max_bytes: int) -> bytes:
        content: bytes = response.read(max_bytes + 1)
        if len(content) > max_bytes:
            raise PostError(f"{self.host} sent more than {max_bytes:,} bytes")
        return content

    def _refusal(self, method: str, path: str, error: HTTPError) -> PostError:
        """Return the error of a response that is no success; its reason is the server's, cut."""
        with error:
            try:
                message = json.loads(error.read(65_536)).get("message", "")
            except (ValueError, AttributeError, OSError, HTTPException, RecursionError):
                message = ""
        reason = cut(clean(str(message or error.reason)), 160)
        hint = HINTS.get(error.code, "try again later" if error.code >= 500 else None)
        return PostError(f"{self.host} responded to {method} {path} with {error.code}: {reason}", hint=hint)

    def _silence(self, error: Exception) -> PostError:
        reason = getattr(error, "reason", None) or error
        return PostError(f"{self.host} did not respond: {cut(clean(str(reason) or type(error).__name__), 160)}")
