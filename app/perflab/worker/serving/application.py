"""The project's application as a server is given it: WSGI or ASGI, behind what a proxy in front of it would have done.

The scheme is https, so that a project that redirects plain http responds as it does in production.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from time import monotonic
from typing import Any, cast

from perflab.errors import InputError, PerflabError, one_line
from perflab.scenario import project
from perflab.scenario.project import WsgiApplication
from perflab.worker import cell
from perflab.worker.clock import RunningClock
from perflab.worker.probes.cache.memory import restore_memory
from perflab.worker.serving import config as configuration
from perflab.worker.serving.config import ServerConfig
from perflab.worker.serving.records import Records

# The header that numbers the requests of a load test; the project never sees it.
NUMBER = "X-Perflab-Number"
_ENVIRON, _SCOPE = "HTTP_X_PERFLAB_NUMBER", NUMBER.lower().encode()
# A request of nobody's load test.
UNNUMBERED = 2**62

AsgiApplication = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def _set_up(config: ServerConfig) -> Records:
    """Set the project up in this process, once."""
    cell.set_up(config.worker, str(config.worker.settings_module), RunningClock(config.ahead_s))
    restore_memory(config.memory)
    return Records(Path(config.records), Path.cwd())


def wsgi(config: ServerConfig) -> WsgiApplication:
    """Return the project's WSGI application, set up in this process.

    Args:
        config: What is served.

    Raises:
        PerflabError: The project cannot be set up.
    """
    records, spin_share = _set_up(config), config.worker.spin_share
    inner = project.wsgi_application()

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        number = int(environ.pop(_ENVIRON, UNNUMBERED))
        environ["wsgi.url_scheme"] = "https"
        began = records.begin()
        try:
            return inner(environ, start_response)
        finally:
            if spin_share:
                _spin(began[0], spin_share)
            records.end(number, began)

    return application


def _spin(began_s: float, share: float) -> None:
    """Compute for a share of the time since the request began: the positive control."""
    now = monotonic()
    until = now + (now - began_s) * share
    while monotonic() < until:
        pass


def asgi(config: ServerConfig) -> AsgiApplication:
    """Return the project's ASGI application, set up in this process. What requests cost is unknown: they share a thread.

    Args:
        config: What is served.

    Raises:
        PerflabError: The project cannot be set up, or has no ASGI application.
    """
    _set_up(config)
    from django.conf import settings

    path = getattr(settings, "ASGI_APPLICATION", None)
    if not path:
        raise InputError(
            "the project has no ASGI application, which uvicorn needs",
            hint="set ASGI_APPLICATION, or `server: gunicorn` under `capacity`",
        )
    module, _, name = str(path).rpartition(".")
    inner = cast(AsgiApplication, project.imported(f"{module}:{name}", "ASGI_APPLICATION"))

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            headers = [(name, value) for name, value in scope["headers"] if name != _SCOPE]
            scope = {**scope, "scheme": "https", "headers": headers}
        await inner(scope, receive, send)

    return application


_made: dict[str, Any] = {}
_lock = threading.Lock()


def __getattr__(name: str) -> Any:
    """Return `wsgi_application` or `asgi_application`, made at first use: servers name what they import.

    A project that cannot be set up ends the server, with one line at the end of its log: some servers would start another worker
    again and again, and all of them write lines of their own after that.
    """
    makers = {"wsgi_application": wsgi, "asgi_application": asgi}
    if name not in makers:
        raise AttributeError(name)
    with _lock:
        if name not in _made:
            try:
                _made[name] = makers[name](configuration.read())
            except Exception as error:
                if not isinstance(error, InputError):
                    traceback.print_exc()
                print(error if isinstance(error, PerflabError) else one_line(error), file=sys.stderr, flush=True)  # noqa: T201 - its log
                os.killpg(0, signal.SIGKILL)
        return _made[name]
