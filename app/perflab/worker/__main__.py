"""`python -m perflab.worker CONNECTION_FD PROGRESS_FD PARENT_FD`: started by perflab, not by people."""

from __future__ import annotations

import os
import sys

from perflab.worker.serve import main

if __name__ == "__main__":
    code = main(*(int(fd) for fd in sys.argv[1:4]))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # a project's own threads, such as one that reports figures, would keep the process from ending
