"""The project on a real server: started for one cell, stopped with everything that it has started."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from perflab.errors import ServerError
from perflab.scenario.subject.interpreter import command, surroundings
from perflab.servers.supervision.process import descendants
from perflab.worker.serving.config import HOST, VARIABLE, ServerConfig

START_TIMEOUT_S = 60.0
POLL_S = 0.05
STOP_TIMEOUT_S = 5.0


@dataclass
class AppServer:
    """Control a server and its workers.

    Attributes:
        config: What it serves.
        process: The server's first process, which has started the others.
        log: File for their output.
    """

    config: ServerConfig
    process: subprocess.Popen[bytes]
    log: Path

    @classmethod
    @contextmanager
    def started(cls, config: ServerConfig, log: Path) -> Iterator[AppServer]:
        """Start a server, and end it at the end. Returns at once, see `wait_ready`.

        Args:
            config: What it serves.
            log: File for its output.
        """
        worker = config.worker
        parent_read, parent_end = os.pipe()
        with tempfile.TemporaryDirectory(prefix="perflab-served-") as folder, log.open("ab") as output:
            path = Path(folder) / "config"
            config.write(path)
            environment = {**surroundings(worker.python, worker.path), **worker.environment, VARIABLE: str(path)}
            process = subprocess.Popen(
                command(worker.python, "perflab.worker.serving", str(parent_read)),
                pass_fds=(parent_read,),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                cwd=worker.directory,
                start_new_session=True,  # Ctrl-C is the experiment's to handle, and the group is killed as a whole
            )
            os.close(parent_read)
            try:
                yield cls(config, process, log)
            finally:
                _end(process)
                os.close(parent_end)

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://{HOST}:{self.config.port}"

    @property
    def pids(self) -> list[int]:
        """Return the ids of its processes."""
        return [self.process.pid, *descendants(self.process.pid)]

    def wait_ready(self, responds: Callable[[str], bool], timeout_s: float = START_TIMEOUT_S) -> None:
        """Wait until all of its workers have the project set up, and it responds.

        Args:
            responds: Makes a request to this URL; returns whether there was a response.
            timeout_s: The longest to wait.

        Raises:
            ServerError: It has ended, or does not respond in time; the message has its log's last line.
        """
        deadline = monotonic() + timeout_s
        while not (self._workers_ready() and responds(self.url)):
            if self.process.poll() is not None:
                raise self._failed("ended at once")
            if monotonic() > deadline:
                raise self._failed(f"did not respond within {timeout_s:.0f} s")
            sleep(POLL_S)

    def _workers_ready(self) -> bool:
        """Tell whether each worker has begun its records: the last that it does before it takes requests."""
        return len(list(Path(self.config.records).iterdir())) >= self.config.workers

    def _failed(self, what: str) -> ServerError:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return ServerError(
            f"the server {self.config.server} {what}: {lines[-1] if lines else 'it wrote nothing'}",
            hint=f"see {self.log.name} in the run's folder",
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask a server to stop, and kill its group: whatever it has started goes with it."""
    with suppress(ProcessLookupError):
        process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_TIMEOUT_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
