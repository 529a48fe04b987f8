"""`python -m perflab.experiment.task` in a process of its own: what it says, which processes it has, how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perflab.servers.disk.home import read_record
from perflab.servers.supervision.process import Identity, descendants, identify, is_alive
from perflab.worker.forking.server import NAME
from tests.waiting import wait_until

PROJECT = Path(__file__).resolve().parents[2]

# Long, because another replay on this machine goes first; nothing here waits longer than it has to.
PATIENCE_S = 600.0


def tree_of(pid: int) -> list[Identity]:
    """A process and all that descend from it, as far as they are there."""
    return [who for who in map(identify, (pid, *descendants(pid))) if who is not None]


@dataclass
class Task:
    """A started task. `events` grows as it speaks; each has the time at which it came."""

    process: subprocess.Popen[str]
    home: Path
    log: Path
    events: list[dict[str, Any]] = field(default_factory=list)
    _reader: threading.Thread | None = None

    def listen(self) -> None:
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.events.append({**json.loads(line), "at": time.monotonic()})

    def said(self, **facts: Any) -> list[dict[str, Any]]:
        """The events so far that say this."""
        return [event for event in list(self.events) if facts.items() <= event.items()]

    def wait_for(self, times: int = 1, seconds: float = PATIENCE_S, **facts: Any) -> dict[str, Any]:
        """The event that says this (for the n-th time); fails when the task ends without."""
        wait_until(lambda: len(self.said(**facts)) >= times or self.ended(), seconds, str(facts))
        events = self.said(**facts)
        assert len(events) >= times, f"ended without {facts}: {self.events[-3:]} {self.log.read_text()[-3000:]}"
        return events[times - 1]

    def ended(self) -> bool:
        return self.process.poll() is not None

    def end(self, seconds: float = PATIENCE_S) -> int:
        """Wait for its end; the exit code. All that it said is in `events` then."""
        code = self.process.wait(seconds)
        assert self._reader is not None
        self._reader.join(10)
        return code

    @property
    def error(self) -> dict[str, Any]:
        """The one error that it ended with, as its last word."""
        (event,) = self.said(event="error")
        assert {**event} == self.events[-1]
        return event

    def tree(self) -> list[Identity]:
        return tree_of(self.process.pid)

    def workers(self) -> list[Identity]:
        """Its workers, by themselves or forked, without what forked them."""
        return [who for who in self.tree() if _name(who.pid) == NAME or "perflab.worker\0" in _command(who.pid)]

    def server(self, kind: str) -> Identity:
        """Its server of this kind, as its folder in the state folder tells."""
        records = [read_record(folder) for folder in (self.home / "run").iterdir()]
        (who,) = [record.server for record in records if record is not None and record.kind == kind]
        assert who is not None and who in self.tree()
        return who


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def alive(processes: list[Identity]) -> list[Identity]:
    return [who for who in processes if is_alive(who)]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


@contextmanager
def task(name: str, arguments: Mapping[str, Any] | str, home: Path, log: Path) -> Iterator[Task]:
    """Start a task in the project's folder; killed at the end, if it has not ended."""
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    environment = {**os.environ, "PERFLAB_HOME": str(home), "PYTHONPATH": str(PROJECT / "app")}
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "perflab.experiment.task", name, text],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, text=True, cwd=PROJECT, env=environment,
        )  # fmt: skip
    started = Task(process, home, log)
    started.listen()
    try:
        yield started
    finally:
        process.kill()
        process.wait()
        assert process.stdin is not None and process.stdout is not None
        process.stdin.close()
        if started._reader is not None:
            started._reader.join(10)
        process.stdout.close()
