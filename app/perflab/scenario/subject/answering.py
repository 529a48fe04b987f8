"""`python boot.py perflab.scenario.subject.answering CONNECTION_FD PARENT_FD`: the project's process, started by perflab.

It calls the functions of calls.py that the lab asks for, one after the other, until the lab closes the connection.
"""

from __future__ import annotations

import os
import pickle
import sys
import threading
import traceback
from multiprocessing.connection import Connection
from typing import Any

from perflab.errors import PerflabError, SubjectError, one_line, raised_at
from perflab.scenario.subject.calls import function_of
from perflab.scenario.subject.sending import dumps


def end_with(parent_fd: int) -> None:
    """End this process when the lab's is gone: its end of the pipe closes, however it ended."""

    def wait() -> None:
        os.read(parent_fd, 1)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def answer(request: bytes) -> bytes:
    """Call a function, and return its result, its error, and the traceback of what caused that.

    Args:
        request: The pickled name, arguments and keywords.
    """
    try:
        name, arguments, keywords = pickle.loads(request)
        return dumps((function_of(name)(*arguments, **keywords), None, None))
    except PerflabError as error:
        return dumps((None, error, _traceback(error.__cause__)))
    except (Exception, SystemExit) as error:  # a project may end its process, which is not the lab's end
        return dumps((None, SubjectError(f"{one_line(error)}{raised_at(error)}"), _traceback(error)))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _traceback(error: BaseException | None) -> str | None:
    return None if error is None else "".join(traceback.format_exception(error))


def main(connection_fd: int, parent_fd: int) -> None:
    """Answer until the lab closes its end.

    Args:
        connection_fd: This process's end of the socket pair.
        parent_fd: The read end of a pipe that closes when the lab's process ends.
    """
    end_with(parent_fd)
    connection: Connection[Any, Any] = Connection(connection_fd)
    while True:
        try:
            request = connection.recv_bytes()
        except (EOFError, OSError):
            return
        connection.send_bytes(answer(request))


if __name__ == "__main__":
    main(*(int(fd) for fd in sys.argv[1:3]))
    os._exit(0)  # a project's own threads would keep the process from ending
