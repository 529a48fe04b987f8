"""Starting a server in this process: it makes its own workers, and ends with the experiment, however that ends."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

from perflab.worker.serving import config as configuration
from perflab.worker.serving.config import HOST, ServerConfig

APPLICATION = "perflab.worker.serving.application"
# More than a load test has open at once: a server that closes a slow connection is not what is measured.
BACKLOG = 2048
# What is still being answered when the server is told to stop is lost.
GRACEFUL_S = 1


def end_with(parent_fd: int) -> None:
    """End this process and all that it has started when the experiment is gone: its end of the pipe closes.

    Args:
        parent_fd: The read end of the pipe.
    """
    group = os.getpgid(0)

    def wait() -> None:
        os.read(parent_fd, 1)
        os.killpg(group, signal.SIGKILL)

    threading.Thread(target=wait, daemon=True).start()


def gunicorn(config: ServerConfig) -> None:
    """Run gunicorn until it is told to stop; each of its workers sets the project up by itself."""
    from gunicorn.app.base import BaseApplication

    options = {
        "bind": f"{HOST}:{config.port}",
        "workers": config.workers,
        "threads": config.threads,
        "worker_class": config.worker_class,
        "backlog": BACKLOG,
        "graceful_timeout": GRACEFUL_S,
        "timeout": 60,
        # From version 25 on it listens on a socket in the home folder, which two servers would share.
        "control_socket_disable": True,
    }

    class Served(BaseApplication):  # type: ignore[misc] # it has no types
        """The project as an application of gunicorn's."""

        def load_config(self) -> None:
            """Set what this version of gunicorn knows."""
            for name, value in options.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Any:
            """Set the project up, in a worker."""
            from perflab.worker.serving import application

            return application.wsgi_application

    Served().run()


def granian(config: ServerConfig) -> None:
    """Run granian until it is told to stop."""
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        f"{APPLICATION}:wsgi_application",
        address=HOST,
        port=config.port,
        interface=Interfaces.WSGI,
        workers=config.workers,
        blocking_threads=config.threads,
        backlog=BACKLOG,
        workers_kill_timeout=GRACEFUL_S,
    ).serve()


def uvicorn(config: ServerConfig) -> None:
    """Run uvicorn until it is told to stop."""
    import uvicorn as package

    package.run(
        f"{APPLICATION}:asgi_application",
        host=HOST,
        port=config.port,
        workers=config.workers,
        backlog=BACKLOG,
        log_level="warning",
        timeout_graceful_shutdown=GRACEFUL_S,
    )


SERVERS = {"gunicorn": gunicorn, "granian": granian, "uvicorn": uvicorn}


def main(parent_fd: int) -> int:
    """Run the server that the configuration names; return the exit code.

    Args:
        parent_fd: The read end of a pipe that closes when the experiment ends.
    """
    end_with(parent_fd)
    config = configuration.read()
    try:
        SERVERS[config.server](config)
    except ImportError as error:
        print(f"{config.server} is not installed where the project runs: {error}", flush=True)  # noqa: T201 - its log
        return 3
    return 0
