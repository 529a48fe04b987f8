"""A supervised server from the orchestrator's side: start it, stop it, check whether it lives."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from perflab.errors import ServerError
from perflab.servers.supervision import supervisor
from perflab.servers.supervision.users import ServerUser

# The variables of our environment that a server gets. PGDATA, PGPORT, LC_ALL and the like would change it.
INHERITED = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")


class SupervisedProcess:
    """One process, started and watched by a supervisor (supervisor.py), which ends it when this process ends.

    Args:
        command: The program and its arguments.
        log: The file that its output, and the supervisor's, is appended to.
        user: The other user to run it as, if any.
        graceful: The signal for a stop in order.
        immediate: The signal for an immediate stop; SIGKILL if None.

    Raises:
        ServerError: It could not be started.
    """

    def __init__(self, command: Iterable[str | Path], *, log: Path, user: ServerUser | None = None,
                 graceful: int = signal.SIGTERM, immediate: int | None = None) -> None:  # fmt: skip
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
        environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
        environment |= {"LC_ALL": "C", "TZ": "UTC"}
        with log.open("ab") as output:
            self._supervisor = subprocess.Popen(
                [sys.executable, "-I", "-S", supervisor.__file__, json.dumps(plan)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                cwd="/",
                env=environment,
                start_new_session=True,  # Ctrl-C in the terminal reaches only the orchestrator, which stops servers in order
            )
        assert self._supervisor.stdin is not None and self._supervisor.stdout is not None
        pid = self._supervisor.stdout.readline().strip()
        self._supervisor.stdout.close()
        if not pid:
            self._supervisor.wait()
            self._supervisor.stdin.close()
            raise ServerError(
                f"could not be started: {self.log_tail()}", where=self.command[0], hint="run `perflab doctor`"
            )
        self.pid = int(pid)

    @property
    def supervisor_pid(self) -> int:
        """The pid of its supervisor."""
        return self._supervisor.pid

    def running(self) -> bool:
        """Return whether it has not ended yet."""
        return self._supervisor.poll() is None

    def wait(self, timeout_s: float | None = None) -> int:
        """Wait until the process has ended by itself, and return its exit code. Raises TimeoutExpired after `timeout_s`."""
        code = self._supervisor.wait(timeout_s)
        self._close()
        return code

    def stop(self, timeout_s: float = 60) -> int:
        """Stop it gracefully, or immediately if that takes longer than `timeout_s`; return its exit code."""
        pipe = self._supervisor.stdin
        if pipe is not None and not pipe.closed and self.running():
            try:
                pipe.write(b"stop\n")
                pipe.flush()
            except BrokenPipeError:
                pass
            try:
                self._supervisor.wait(timeout_s)
            except subprocess.TimeoutExpired:
                pass
        return self.stop_now()

    def stop_now(self) -> int:
        """Stop it immediately, as if the orchestrator had died; return its exit code."""
        self._close()
        return self._supervisor.wait()

    def _close(self) -> None:
        pipe = self._supervisor.stdin
        if pipe is not None and not pipe.closed:
            try:
                pipe.close()
            except BrokenPipeError:
                pass

    def log_tail(self, lines: int = 3) -> str:
        """Return the last lines of the log, joined into one for an error's message."""
        try:
            text = self.log.read_text(errors="replace")
        except OSError:
            return "no log"
        return " | ".join(text.strip().splitlines()[-lines:]) or "its log is empty"
