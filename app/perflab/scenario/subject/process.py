"""The lab's end of the project's process, which runs in the project's own interpreter; see answering.py."""

from __future__ import annotations

import io
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from perflab.errors import SubjectError
from perflab.scenario.subject import calls
from perflab.scenario.subject.interpreter import command, surroundings
from perflab.scenario.subject.sending import dumps

MODULE = "perflab.scenario.subject.answering"
STOP_TIMEOUT_S = 5.0


class Elsewhere(Exception):
    """What was raised in the project's process: its text is the traceback there."""

    def __str__(self) -> str:
        """Return the traceback, on lines of its own."""
        return f"in the project's process\n{self.args[0]}"


class Process:
    """A process in the project's interpreter, which calls functions there.

    Args:
        python: The interpreter.
        folders: Folders that come before its own packages.
        env: Environment variables of the scenario.
        directory: Its working directory; this process's if None.
    """

    def __init__(
        self,
        python: str,
        folders: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        directory: Path | None = None,
    ) -> None:
        ours, theirs = socket.socketpair()
        parent_read, self._parent_end = os.pipe()
        fds = (theirs.fileno(), parent_read)
        self.process = subprocess.Popen(
            command(python, MODULE, *map(str, fds)),
            pass_fds=fds,
            stdin=subprocess.DEVNULL,
            stdout=_output(),
            env={**surroundings(python, folders), **(env or {})},
            cwd=directory,
            start_new_session=True,  # Ctrl-C is the lab's to handle
        )
        theirs.close()
        os.close(parent_read)
        self._connection: Connection[Any, Any] = Connection(ours.detach())
        self._lock = threading.Lock()  # data is drawn in a thread of its own

    def call(self, name: str, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
        """Call a function there, however long that takes, and return its result.

        Args:
            name: The function, `package.module:function`.
            arguments: Its arguments.
            keywords: Those with names.

        Raises:
            PerflabError: What the function raised.
            SubjectError: It raised something else, or the process ended.
        """
        try:
            request = dumps((name, tuple(arguments), dict(keywords)))
        except pickle.PicklingError as error:
            raise SubjectError(str(error), hint="define functions and classes at module level (no lambdas)") from error
        try:
            with self._lock:
                self._connection.send_bytes(request)
                answer = self._connection.recv_bytes()
        except KeyboardInterrupt:
            self.stop()  # its answer would be taken for that to the next question
            raise
        except (EOFError, OSError) as error:
            self.stop()
            code = self.process.returncode
            how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            raise SubjectError(
                f"the project's process ended ({how}) in {name.partition(':')[2]}", hint="its last output is above"
            ) from error
        result, failed, trace = pickle.loads(answer)
        if failed is not None:
            raise failed from (None if trace is None else Elsewhere(trace))
        return result

    def stop(self) -> None:
        """End the process. Can be called twice."""
        if not self._connection.closed:
            self._connection.close()
            os.close(self._parent_end)
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _output() -> int:
    """Return where the project's own output goes: to this process's, or nowhere where that is dropped."""
    try:
        return sys.stdout.fileno()
    except (io.UnsupportedOperation, AttributeError, ValueError):
        return subprocess.DEVNULL


@contextmanager
def project_process(
    python: str, folders: Sequence[str], env: Mapping[str, str], directory: Path | None = None
) -> Iterator[None]:
    """Let functions that need the project run in its own interpreter for a while.

    Args:
        python: The interpreter.
        folders: Folders that come before its own packages.
        env: Environment variables of the scenario.
        directory: Its working directory; this process's if None.
    """
    process = Process(python, folders, env, directory)
    try:
        with calls.running_in(process):
            yield
    finally:
        process.stop()
