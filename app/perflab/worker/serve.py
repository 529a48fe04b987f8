"""The loop of a worker's process: receive messages from the experiment until told to stop.

The only other thread of this process sleeps in a read until the experiment is gone.
"""

from __future__ import annotations

import traceback
from multiprocessing.connection import Connection
from time import monotonic
from typing import Any

from perflab.errors import PerflabError, one_line
from perflab.scenario.subject.answering import end_with
from perflab.worker.holding import hold
from perflab.worker.probes.cache import memory as caches
from perflab.worker.process import Worker
from perflab.worker.profiling import profile
from perflab.worker.protocol import (
    NO_STEP,
    ExecuteBlock,
    Failed,
    ForgetLogins,
    HoldBlock,
    IgnoreFields,
    LogIn,
    ProfileBlock,
    ProgressCell,
    Ready,
    RestoreCaches,
    SendContacts,
    SendHeaders,
    SendMemory,
    SendResponses,
    WarmUp,
)
from perflab.worker.warming.warming import Warming


def main(connection_fd: int, progress_fd: int, parent_fd: int) -> int:
    """Serve the experiment until it sends None; return the exit code.

    Args:
        connection_fd: The worker's end of the socket pair.
        progress_fd: The shared bytes of the ProgressCell.
        parent_fd: The read end of a pipe that closes when the experiment ends.
    """
    began = monotonic()
    end_with(parent_fd)
    connection: Connection[Any, Any] = Connection(connection_fd)
    progress = ProgressCell(progress_fd)
    progress.set(NO_STEP)
    try:
        worker = Worker(connection.recv())
        warming: Warming | None = None
        connection.send(Ready(monotonic() - began))
        while True:
            match connection.recv():
                case None:
                    return 0
                case SendResponses(steps):
                    connection.send(worker.responses(steps))
                case SendContacts():
                    connection.send(worker.contacts())
                case IgnoreFields() as fields:
                    worker.ignore(fields)
                case LogIn(steps):
                    worker.log_in(steps)
                case SendHeaders(steps):
                    connection.send(worker.headers(steps))
                case ForgetLogins():
                    worker.forget_logins()
                case HoldBlock() as block:
                    connection.send(hold(worker.execute, block, progress))
                case ProfileBlock() as block:
                    connection.send(profile(worker.execute, block, progress))
                case WarmUp(steps, whole):
                    warming = warming or Warming(worker, progress)
                    connection.send(warming.execute(steps, whole))
                case SendMemory():
                    connection.send(caches.entries_in_memory())
                case RestoreCaches(memory):
                    caches.restore_memory(memory)
                    connection.send(worker.cache.restore(worker.config.settings.get("CACHES") or {}))
                case ExecuteBlock() as block:
                    connection.send(worker.execute(block, progress))
                case message:  # without a reply the experiment would wait for ever
                    raise TypeError(f"no such message: {message!r}")
    except EOFError:
        return 1
    except PerflabError as error:
        connection.send(Failed(str(error), traceback.format_exc()))
        return 1
    except Exception as error:
        connection.send(Failed(one_line(error), traceback.format_exc()))
        return 1
