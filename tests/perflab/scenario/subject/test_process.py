"""The project's process, from the lab's side; its interpreter is this one."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from perflab.errors import InputError, SubjectError
from perflab.scenario import project
from perflab.scenario.subject import calls, process
from perflab.scenario.subject.process import Process, project_process
from perflab.scenario.subject.sending import dumps
from tests.waiting import wait_until

SETTINGS = """
import os
from pathlib import Path
NAME, ROOT = os.environ["SHOP_NAME"], Path("media")
class Own: pass
SHOP_CLASS = Own
print("hello from the settings")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own_settings.py").write_text(SETTINGS)
    (tmp_path / "ends.py").write_text("import os\nos._exit(3)\n")
    return tmp_path


@pytest.fixture
def started(folder: Path) -> Iterator[Process]:
    made = Process(sys.executable, [str(folder)], {"SHOP_NAME": "shop"})
    yield made
    made.stop()


def test_a_function_of_the_project_runs_there(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with project_process(sys.executable, [str(folder)], {"SHOP_NAME": "shop"}):
        settings = project.base_settings("own_settings")
    assert (settings["NAME"], settings["ROOT"]) == ("shop", Path("media"))
    assert "Own" in repr(settings["SHOP_CLASS"])
    assert "own_settings" not in sys.modules
    assert "SHOP_NAME" not in os.environ
    assert not calls.is_elsewhere()


def test_its_mistakes_are_raised_here(started: Process) -> None:
    with calls.running_in(started), pytest.raises(InputError, match=r"cannot import nowhere.*run perflab from"):
        project.base_settings("nowhere")


def test_the_traceback_of_a_mistake_of_the_projects_is_its_cause(started: Process, folder: Path) -> None:
    (folder / "broken.py").write_text("TABLES = 1 / 0\n")
    with (
        calls.running_in(started),
        pytest.raises(SubjectError, match="ZeroDivisionError: division by zero at ") as raised,
    ):
        project.base_settings("broken")
    assert "TABLES = 1 / 0" in str(raised.value.__cause__)


def test_a_process_that_ends_is_told_with_what_it_was_doing(started: Process) -> None:
    with (
        calls.running_in(started),
        pytest.raises(SubjectError, match=r"process ended \(exit code 3\) in base_settings"),
    ):
        project.base_settings("ends")


def test_a_process_that_is_killed_is_told(started: Process) -> None:
    os.kill(started.process.pid, signal.SIGKILL)
    with pytest.raises(SubjectError, match=r"process ended \(SIGKILL\)"):
        started.call("perflab.errors:nearest", ("a", ["a"]), {})


def test_an_interrupted_call_leaves_no_answer_for_the_next(started: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = started._connection

    class Interrupted:
        closed = property(lambda self: connection.closed)
        close = connection.close
        send_bytes = connection.send_bytes

        def recv_bytes(self) -> bytes:
            raise KeyboardInterrupt

    monkeypatch.setattr(started, "_connection", Interrupted())
    with pytest.raises(KeyboardInterrupt):
        started.call("perflab.errors:nearest", ("a", ["a"]), {})
    with pytest.raises(SubjectError, match="process ended"):
        started.call("perflab.errors:nearest", ("a", ["a"]), {})


def test_what_cannot_be_given_back_is_named(started: Process) -> None:
    sealed = pickle.loads(dumps({"own": lambda: 1}))
    with pytest.raises(SubjectError, match=r"<lambda>.* cannot be given to another process"):
        started.call("perflab.errors:nearest", (sealed["own"], []), {})


def test_several_threads_may_ask(started: Process) -> None:
    answers: list[str] = []

    def ask(word: str) -> None:
        for _ in range(50):
            answers.extend([started.call("perflab.errors:nearest", (word, [word]), {})])

    threads = [threading.Thread(target=ask, args=[word]) for word in ("first", "second", "third")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == sorted(
        f"did you mean {word!r}?" for word in ("first", "second", "third") for _ in range(50)
    )


def test_it_ends_with_the_lab(started: Process) -> None:
    os.close(started._parent_end)
    started._parent_end = os.open(os.devnull, os.O_RDONLY)
    wait_until(lambda: started.process.poll() is not None, 10)


def test_it_can_be_stopped_twice(started: Process) -> None:
    started.stop()
    started.stop()
    assert started.process.returncode in (0, 1), "told by the connection, or by the end of the pipe"


def test_output_that_is_dropped_here_is_dropped_there(monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert process._output() == subprocess.DEVNULL
