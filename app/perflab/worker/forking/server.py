"""`python -m perflab.worker.forking.server REQUESTS_FD ENGINE`: a process that forks workers, started by perflab, not by people.

It loads what every worker needs and no setting decides, and never runs a line of the project. If the interpreter itself has
started a thread (an agent in its `sitecustomize`), workers begin anew after the fork: a lock that the thread held stays locked.
"""

from __future__ import annotations

import gc
import importlib
import os
import pickle
import socket
import sys
import traceback
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from warnings import catch_warnings, simplefilter

from perflab.worker.serve import main as serve

# What an application of Django's consists of, some 350 modules; none of them reads a setting when it is imported.
FRAMEWORK = (
    "django.core.handlers.wsgi", "django.core.wsgi", "django.db.models", "django.forms", "django.middleware.common",
    "django.middleware.csrf", "django.shortcuts", "django.template.loader", "django.urls", "django.views.generic",
)  # fmt: skip
BUILT_IN = "django.db.backends."
SETTINGS = "DJANGO_SETTINGS_MODULE"
# One message: what a worker's environment has of its own, a path.
MESSAGE_BYTES = 1 << 16
DESCRIPTORS = 5
WORKER = "perflab.worker"
NAME = "perflab worker"  # as `top` shows it; the kernel keeps 15 characters


def load(engine: str) -> None:
    """Import what workers need, and exclude it from garbage collection, which would copy it in each of them.

    Args:
        engine: The ENGINE of the default database; of one that is not Django's own nothing is loaded.
    """
    module = os.environ.pop(SETTINGS, None)  # a module that reads a setting after all must not load the project's
    backend = (f"{engine}.base",) if engine.startswith(BUILT_IN) else ()
    for name in (*FRAMEWORK, *backend):
        with suppress(Exception):  # whoever needs it fails by itself, and says so
            importlib.import_module(name)
    if module is not None:
        os.environ[SETTINGS] = module
    gc.collect()
    gc.freeze()


def main(requests_fd: int, engine: str) -> None:
    """Fork a worker for each request, until the experiment closes its end; then wait until all of them have ended.

    With each request come five descriptors: the three of a worker's command line, its output, and a pipe on which its process id
    and later its exit code are told, a line each.

    Args:
        requests_fd: This process's end of a socket pair that keeps messages apart (SOCK_SEQPACKET).
        engine: The ENGINE of the default database.
    """
    load(engine)
    statuses: dict[int, int] = {}
    with socket.socket(fileno=requests_fd) as requests:
        while True:
            message, descriptors, _, _ = socket.recv_fds(requests, MESSAGE_BYTES, DESCRIPTORS)
            if not message:
                break
            *own, status = descriptors
            alone = len(os.listdir("/proc/self/task")) == 1
            with catch_warnings():
                simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns where it is not alone
                pid = os.fork()
            if pid == 0:
                _become_worker(pickle.loads(message), own, [requests.fileno(), status, *statuses.values()], alone)
            for descriptor in own:
                os.close(descriptor)
            statuses[pid] = status
            _tell(status, pid)
    while statuses:
        pid, ended = os.wait()
        status = statuses.pop(pid)
        _tell(status, os.waitstatus_to_exitcode(ended))
        os.close(status)


def _tell(status: int, number: int) -> None:
    with suppress(BrokenPipeError):  # the experiment is gone
        os.write(status, b"%d\n" % number)


def _become_worker(environment: dict[str, str], own: list[int], of_others: Iterable[int], alone: bool) -> None:
    """Serve the experiment in the process that was forked; it never returns. If other threads ran, start the interpreter anew."""
    code = 1
    try:
        for descriptor in of_others:
            os.close(descriptor)
        os.setsid()
        *serving, output = own
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
        os.environ.update(environment)
        if not alone:
            for descriptor in serving:
                os.set_inheritable(descriptor, True)
            # The command that started this process, with the other module.
            *interpreter, _, _, _ = sys.orig_argv
            os.execv(sys.executable, [*interpreter, WORKER, *map(str, serving)])
        with suppress(OSError):
            Path("/proc/self/comm").write_text(NAME, encoding="ascii")
        code = serve(*serving)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # as perflab.worker does


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
