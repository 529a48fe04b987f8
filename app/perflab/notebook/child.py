"""The process that does the work of a notebook.

Nothing is measured inside a notebook's kernel: its threads disturb CPU times, and Django's ORM refuses to work there.
So a notebook starts `python -m perflab.experiment.task NAME ARGUMENTS`, which writes one JSON event per line to stdout;
its standard error is a log. When its standard input ends, the notebook is gone, and it stops.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from perflab import errors
from perflab.errors import Interrupted, PerflabError
from perflab.notebook.events import Event

LOG_LINES_SHOWN = 20


def run(
    task: str,
    arguments: Mapping[str, Any],
    show: Callable[[Event], None],
    cwd: Path,
    module: str = "perflab.experiment.task",
) -> dict[str, Any]:
    """Run one task to its end and return its result; raises the error that the task raised.

    A KeyboardInterrupt (the notebook's stop button) is passed on to the task, which saves what it has. A second one kills it.

    Args:
        task: Name of the task: check, seed or replay.
        arguments: The task's arguments, as plain data.
        show: Called with each event.
        cwd: Working directory of the process.
        module: The module that runs it.

    Raises:
        Interrupted: The task was stopped.
        PerflabError: The process ended without a result.
    """
    command = [sys.executable, "-m", module, task, json.dumps(dict(arguments))]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=cwd,
            start_new_session=True,
        )
        try:
            result, error, stopped = _follow(process, show, log)
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()
        if error is None and process.returncode == 0 and not stopped:
            return result
        if error is None and stopped:
            raise Interrupted("stopped by the user")
        raised = None if error is None else errors.from_name(str(error.get("kind")), str(error.get("message")))
        if raised is None or _has_traceback(log):
            _show_end_of(log)
        raise raised or _unexpected(task, error, process.returncode)


def _follow(
    process: subprocess.Popen[str], show: Callable[[Event], None], log: Any
) -> tuple[dict[str, Any], dict[str, Any] | None, bool]:
    """Show events until the process ends; return its result, its error, and whether it was stopped."""
    result: dict[str, Any] = {}
    error: dict[str, Any] | None = None
    stopped = False
    assert process.stdout is not None
    while True:
        try:
            line = process.stdout.readline()
            if not line:
                process.wait()
                return result, error, stopped
            event = _event(line)
            if event is None:
                log.write(line)  # the project printed something
            elif event["event"] == "result":
                result = event
            elif event["event"] == "error":
                error = event
            else:
                show(event)
        except KeyboardInterrupt:
            if stopped:
                process.kill()
            else:
                stopped = True
                process.send_signal(signal.SIGINT)


def _event(line: str) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "event" in event else None


def _unexpected(task: str, error: dict[str, Any] | None, code: int) -> PerflabError:
    """Return what to raise where the process ended without a result, or with an error that is not perflab's own."""
    if error is None:
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit status {code}"
        return PerflabError(f"the process of {task} {how}", hint="the end of its log is above")
    return PerflabError(f"{error.get('kind')}: {error.get('message')}", hint="the end of the log is above")


def _has_traceback(log: Any) -> bool:
    """Say whether the log ends with a traceback of the project's: its own line is in there."""
    log.seek(0)
    return "Traceback (most recent call last)" in log.read()


def _show_end_of(log: Any) -> None:
    log.seek(0)
    for line in log.read().splitlines()[-LOG_LINES_SHOWN:]:
        sys.stderr.write(line + "\n")
