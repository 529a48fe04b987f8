"""A server under guard, seen from the orchestrator: start it, stop it, look whether it lives."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from perflab.errors import ServerError
from perflab.servers.supervision import guard
from perflab.servers.supervision.users import ServerUser

# What a server gets of our environment. PGDATA, PGPORT, LC_ALL and the like would change it.
KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR", "SYSTEMROOT")


class Guarded:
    """One process, started and watched by a guard (guard.py). The guard ends it when this process ends."""

    def __init__(self, command: Iterable[str | Path], *, log: Path, user: ServerUser | None = None,
                 graceful: int = signal.SIGTERM, immediate: int | None = None) -> None:  # fmt: skip
        if sys.platform == "win32":
            raise ServerError(
                "private servers need Linux or macOS",
                hint="set PERFLAB_DATABASE_URL and PERFLAB_CACHE_URL to servers of your own",
            )
        self.command = [str(word) for word in command]
        self.log = log
        plan = {
            "command": self.command,
            "uid": user.uid if user else None,
            "gid": user.gid if user else None,
            "parent": os.getpid(),
            "graceful": int(graceful),
            "immediate": int(immediate or signal.SIGKILL),
        }
        environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        environment |= {"LC_ALL": "C", "TZ": "UTC"}
        with log.open("ab") as output:
            self._guard = subprocess.Popen(
                [sys.executable, "-I", "-S", guard.__file__, json.dumps(plan)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                cwd="/",
                env=environment,
                start_new_session=True,  # Ctrl-C in the terminal is for the orchestrator, who stops servers in order
            )
        assert self._guard.stdin is not None and self._guard.stdout is not None
        said = self._guard.stdout.readline().strip()
        self._guard.stdout.close()
        if not said:
            self._guard.wait()
            self._guard.stdin.close()
            raise ServerError(
                f"could not be started: {self.last_words()}", where=self.command[0], hint="run `perflab doctor`"
            )
        self.pid = int(said)

    @property
    def guard_pid(self) -> int:
        return self._guard.pid

    def running(self) -> bool:
        return self._guard.poll() is None

    def wait(self, timeout_s: float | None = None) -> int:
        """Wait until the process has ended of itself; its exit code. subprocess.TimeoutExpired after `timeout_s`."""
        code = self._guard.wait(timeout_s)
        self._close()
        return code

    def stop(self, timeout_s: float = 60) -> int:
        """Stop it gracefully; immediately if that takes longer than `timeout_s`. Its exit code."""
        pipe = self._guard.stdin
        if pipe is not None and not pipe.closed and self.running():
            try:
                pipe.write(b"stop\n")
                pipe.flush()
            except BrokenPipeError:
                pass
            try:
                self._guard.wait(timeout_s)
            except subprocess.TimeoutExpired:
                pass
        return self.stop_now()

    def stop_now(self) -> int:
        """Stop it immediately, as if the orchestrator had died. Its exit code."""
        self._close()
        return self._guard.wait()

    def _close(self) -> None:
        pipe = self._guard.stdin
        if pipe is not None and not pipe.closed:
            try:
                pipe.close()
            except BrokenPipeError:
                pass

    def last_words(self, lines: int = 3) -> str:
        """The end of the log, as one line, for an error's message."""
        try:
            text = self.log.read_text(errors="replace")
        except OSError:
            return "no log"
        return " | ".join(text.strip().splitlines()[-lines:]) or "it said nothing"
