"""The project's application as a server is given it, in a process of its own: Django is set up once in a process."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from perflab.worker.serving import application
from perflab.worker.serving.config import VARIABLE, ServerConfig
from perflab.worker.serving.records import read
from tests.perflab.worker.serving.serving import PROJECT, config_of, run

# `requested(path, **environ)` is a request to the project, as a server passes it on.
WSGI = """
import io, json
from perflab.worker.serving import application
served = application.wsgi_application
assert served is application.wsgi_application, "made once"
def requested(path, **environ):
    started = []
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "", "SERVER_NAME": "x", "SERVER_PORT": "80",
        "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), **environ,
    }
    body = b"".join(served(environ, lambda status, headers: started.append(status)))
    return started[0], body, environ
"""
ASGI = """
import asyncio, json
from perflab.worker.serving import application
served = application.asgi_application
sent = []
async def receive():
    return {"type": "http.request", "body": b"", "more_body": False}
async def send(message):
    sent.append(message)
def requested(scope):
    asyncio.run(served(scope, receive, send))
"""
# An ASGI application that says which scope it has.
ECHO = """
async def application(scope, receive, send):
    await send(scope)
"""


def printed(config: ServerConfig, folder: Path, code: str) -> Any:
    return json.loads(run(config, code, folder))


def test_the_project_sees_https_and_no_number_of_ours(tmp_path: Path) -> None:
    code = f"""{WSGI}
status, body, environ = requested("/greet/", HTTP_X_PERFLAB_NUMBER="3", HTTP_AUTHORIZATION="Bearer 7")
print(json.dumps([status, json.loads(body), sorted(environ)]))
"""
    status, body, environ = printed(config_of(tmp_path), tmp_path, code)
    assert status == "200 OK"
    assert body["secure"] is True and body["bearer"] == "Bearer 7"
    assert "HTTP_AUTHORIZATION" in environ and [name for name in environ if "PERFLAB" in name] == []


def test_every_request_has_a_record_under_its_number_and_only_the_canary_spins(tmp_path: Path) -> None:
    code = f"""{WSGI}
application._spin = None
for number in (5, 6):
    requested("/query/", HTTP_X_PERFLAB_NUMBER=str(number))
requested("/greet/")
"""
    config = config_of(tmp_path)
    run(config, code, tmp_path)
    requests = [record for record in read(Path(config.records)) if record.number >= 0]
    assert [record.number for record in requests] == [5, 6, application.UNNUMBERED]
    assert all(record.wall_s > 0 and record.cpu_s > 0 for record in requests)


def test_a_request_that_raises_has_a_record_and_is_raised(tmp_path: Path) -> None:
    (tmp_path / "broken_wsgi.py").write_text("def application(environ, start_response):\n    raise ZeroDivisionError\n")
    code = f"""import sys
sys.path.insert(0, {str(tmp_path)!r})
{WSGI}
try:
    requested("/", HTTP_X_PERFLAB_NUMBER="4")
except ZeroDivisionError:
    print("raised")
"""
    config = config_of(tmp_path, settings={"WSGI_APPLICATION": "broken_wsgi.application"})
    assert run(config, code, tmp_path) == "raised\n"
    assert [record.number for record in read(Path(config.records)) if record.number >= 0] == [4]


def test_the_canary_computes_for_its_share_of_every_request(tmp_path: Path) -> None:
    code = f"""{WSGI}
from time import monotonic
spin, spun = application._spin, []
def watched(began_s, share):
    before = monotonic()
    spin(began_s, share)
    spun.append((share, before - began_s, monotonic() - before))
application._spin = watched
for number in (0, 1):
    requested("/query/", HTTP_X_PERFLAB_NUMBER=str(number))
print(json.dumps(spun))
"""
    config = config_of(tmp_path, spin_share=3.0)
    spun = printed(config, tmp_path, code)
    requests = [record for record in read(Path(config.records)) if record.number >= 0]
    for (share, own_s, spun_s), record in zip(spun, requests, strict=True):
        assert share == 3.0
        assert spun_s >= 3 * own_s > 0
        assert record.wall_s >= own_s + spun_s, "what the server took holds it"


CACHED = {"CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "tiny"}}}


@pytest.mark.parametrize("given", [True, False])
def test_caches_in_memory_begin_with_the_entries_that_they_were_given(tmp_path: Path, given: bool) -> None:
    memory = {"tiny": ({":1:value": pickle.dumps(7)}, {":1:value": None})} if given else {}
    code = f"""{WSGI}
from django.core.cache import cache
print(json.dumps(cache.get("value")))
"""
    assert printed(config_of(tmp_path, memory=memory, settings=CACHED), tmp_path, code) == (7 if given else None)


def test_the_projects_clocks_are_as_far_ahead_as_the_server_was_told(tmp_path: Path) -> None:
    code = f"""{WSGI}
from perflab.worker.clock import running
before = running._time_ns() / 1e9
shown = json.loads(requested("/greet/")[1])["now"]
print(json.dumps([before, shown, running._time_ns() / 1e9]))
"""
    ahead_s = -5 * 365 * 86_400.0
    before, shown, after = printed(config_of(tmp_path, ahead_s=ahead_s), tmp_path, code)
    assert before + ahead_s - 0.001 <= datetime.fromisoformat(shown).timestamp() <= after + ahead_s + 0.001


def asgi_settings(folder: Path) -> dict[str, str]:
    (folder / "served_asgi.py").write_text(ECHO)
    return {"ASGI_APPLICATION": "served_asgi.application"}


def test_an_asgi_project_sees_https_and_no_number_of_ours(tmp_path: Path) -> None:
    code = f"""import sys
sys.path.insert(0, {str(tmp_path)!r})
{ASGI}
requested({{"type": "http", "scheme": "http", "headers": [(b"host", b"x"), (b"x-perflab-number", b"3")]}})
requested({{"type": "lifespan"}})
print(json.dumps(sent, default=bytes.decode))
"""
    http, lifespan = printed(config_of(tmp_path, "uvicorn", settings=asgi_settings(tmp_path)), tmp_path, code)
    assert http == {"type": "http", "scheme": "https", "headers": [["host", "x"]]}
    assert lifespan == {"type": "lifespan"}


def ended(folder: Path, settings: dict[str, str], name: str) -> tuple[int, str, str]:
    """How a server's process ends that asks for an application which cannot be made, and what it and others write."""
    config_of(folder, settings=settings).write(folder / "config")
    environment = {
        **os.environ,
        VARIABLE: str(folder / "config"),
        "PYTHONPATH": f"{PROJECT / 'app'}{os.pathsep}{PROJECT}",
    }
    code = f"from perflab.worker.serving import application\nprint('begun', flush=True)\napplication.{name}\nprint('goes on')"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, cwd=PROJECT, check=False,
        start_new_session=True, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "the project has no ASGI application, which uvicorn needs; set ASGI_APPLICATION, or `server: gunicorn`"),
        ({"ASGI_APPLICATION": "no.such.application"}, "ASGI_APPLICATION: cannot import 'no.such:application'"),
    ],
)
def test_a_project_without_an_asgi_application_ends_its_server_with_one_line(
    tmp_path: Path, settings: dict[str, str], message: str
) -> None:
    code, output, errors = ended(tmp_path, settings, "asgi_application")
    assert (code, output) == (-signal.SIGKILL, "begun\n")
    assert errors.startswith(message) and errors.count("\n") == 1


def test_what_else_goes_wrong_is_the_last_line_after_its_traceback(tmp_path: Path) -> None:
    code, _, errors = ended(tmp_path, {"WSGI_APPLICATION": "no.such.application"}, "wsgi_application")
    assert code == -signal.SIGKILL
    *others, last = errors.splitlines()
    assert others[0].startswith("Traceback")
    assert last.startswith("ImproperlyConfigured: WSGI application 'no.such.application' could not be loaded")


def test_it_has_no_other_names() -> None:
    with pytest.raises(AttributeError, match="application_of_nobody"):
        application.application_of_nobody  # noqa: B018 - reading it is the test
