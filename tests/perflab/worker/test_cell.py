"""Setting a cell up, in a process that has done nothing with Django yet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[3]
# Settings that note what was there when they were imported, and what they could reach.
SETTINGS = """
import datetime, socket, sys
from tests.projects.tiny import *
ROOT_URLCONF = "tests.projects.tiny"
MEDIA_ROOT = "media"
LOGGED_AT = datetime.datetime.now(datetime.timezone.utc).isoformat()
try:
    socket.create_connection(("127.0.0.1", 9), timeout=2).close()
    REACHED = "connected"
except OSError as error:
    REACHED = type(error).__name__ + ": " + str(error)
sys.modules["__main__"].order.append("settings")
"""
PREAMBLE = """
import json, sys
from perflab.worker import cell
from perflab.worker.clock import RunningClock, TraceClock
from perflab.worker.protocol import WorkerConfig
order = []
def before():
    import datetime
    order.append(datetime.datetime.now(datetime.timezone.utc).year)
    order.append("django.apps" in sys.modules and __import__("django.apps").apps.apps.ready)
"""


def printed(code: str, folder: Path) -> Any:
    """What code prints as JSON that sets a cell up in a process of its own."""
    project = folder / "project"
    project.mkdir(exist_ok=True)
    (project / "noting_settings.py").write_text(SETTINGS)
    path = os.pathsep.join([str(PROJECT / "app"), str(PROJECT)])
    done = subprocess.run(
        [sys.executable, "-c", PREAMBLE + code], capture_output=True, text=True, check=False, cwd=project,
        env={**os.environ, "PYTHONPATH": path}, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_guards_and_clocks_are_there_before_the_settings_are_imported(tmp_path: Path) -> None:
    code = f"""
config = WorkerConfig("all_on", "noting_settings", {{"GREETING": "changed"}}, folder={str(tmp_path / "cell")!r})
guards = cell.set_up(config, "noting_settings", TraceClock("2015-10-20"), before)
from django.conf import settings
from django.utils import timezone
contacts = [(contact.kind, contact.target) for contact, count in guards.contacts.take()]
print(json.dumps([order, settings.LOGGED_AT, settings.GREETING, settings.REACHED, contacts, timezone.now().year]))
"""
    order, logged_at, greeting, reached, contacts, year = printed(code, tmp_path)
    assert order == [2015, False, "settings"], "the clock, what is to be called, and then the project"
    assert logged_at == "2015-10-20T00:00:00+00:00" and year == 2015
    assert greeting == "changed"
    assert reached.startswith("Refused: ")
    assert ["connection", "localhost:9"] in contacts


def test_without_a_folder_there_are_no_guards_and_without_a_clock_time_is_the_machines(tmp_path: Path) -> None:
    code = """
import time
began = time.time()
guards = cell.set_up(WorkerConfig("all_on", "noting_settings"), "noting_settings", None, before)
from django.conf import settings
from django.utils import timezone
print(json.dumps([guards, began <= timezone.now().timestamp() <= time.time(), order[-1], settings.REACHED]))
"""
    assert printed(code, tmp_path) == [None, True, "settings", "ConnectionRefusedError: [Errno 111] Connection refused"]


def test_under_load_the_projects_clock_runs_on(tmp_path: Path) -> None:
    code = """
from perflab.worker.clock import running
cell.set_up(WorkerConfig("all_on", "noting_settings"), "noting_settings", RunningClock(-86_400.0 * 3650))
from django.conf import settings
from django.db import connection
from django.utils import timezone
with connection.cursor() as cursor:
    cursor.execute("SELECT CURRENT_TIMESTAMP")
    (database,) = cursor.fetchone()
first, second = timezone.now(), timezone.now()
real = running._time_ns() / 1e9
print(json.dumps([settings.LOGGED_AT, database, first < second, real - second.timestamp()]))
"""
    logged_at, database, moved, behind_s = printed(code, tmp_path)
    assert logged_at[:4] == database[:4], "SQLite's clock, too"
    assert moved
    assert 86_400 * 3650 <= behind_s < 86_400 * 3651


def test_settings_that_cannot_be_imported_are_one_line(tmp_path: Path) -> None:
    code = """
from perflab.errors import PerflabError
try:
    cell.set_up(WorkerConfig("all_on", "no.such.settings"), "no.such.settings", None, before)
except PerflabError as error:
    print(json.dumps([str(error), len(order)]))
"""
    message, calls = printed(code, tmp_path)
    assert message.startswith("the settings no.such.settings cannot be set up") and "\n" not in message
    assert calls == 2
