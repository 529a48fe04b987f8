"""The process that works for a notebook: its events, its errors, its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from perflab.errors import Interrupted, PerflabError, ServerError, SubjectError
from perflab.notebook import child
from tests.waiting import wait_until

PROJECT = Path(__file__).resolve().parents[3]
TASK = "tests.projects.task"


def run(name: str, show: Any = lambda event: None, **arguments: Any) -> dict[str, Any]:
    return child.run(name, arguments, show, cwd=PROJECT, module=TASK)


def test_events_are_shown_and_the_result_returned() -> None:
    events: list[Any] = []
    assert run("succeed", events.append, seed=1)["given"] == {"seed": 1}
    assert [event["event"] for event in events] == ["phase", "progress"]


def test_an_error_comes_out_as_what_it_was() -> None:
    with pytest.raises(ServerError, match="no PostgreSQL found; install one"):
        run("fail")


def test_a_crash_shows_the_end_of_its_log(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(PerflabError, match="ended with exit status 3"):
        run("crash")
    assert "Traceback: something in the project" in capsys.readouterr().err


def test_an_error_of_the_projects_shows_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SubjectError, match="its function fails"):
        run("fail inside")
    assert "ZeroDivisionError: in the project" in capsys.readouterr().err
    with pytest.raises(ServerError):
        run("fail")
    assert capsys.readouterr().err == ""


def test_a_killed_process_is_distinguished() -> None:
    with pytest.raises(PerflabError, match="killed by signal 9"):
        run("die")


def test_the_stop_button_is_passed_on() -> None:
    def press(event: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="stopped"):
        run("stop", press)


def test_the_process_ends_with_whoever_started_it() -> None:
    code = f"""
from perflab.notebook import child
from pathlib import Path
child.run("orphan", {{}}, lambda event: print(event["name"], flush=True), cwd=Path({str(PROJECT)!r}), module={TASK!r})
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    wait_until(lambda: not _exists(pid), 5)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")
