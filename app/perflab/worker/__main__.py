"""`python -m perflab.worker CONNECTION_FD PROGRESS_FD PARENT_FD`: started by perflab, not by people."""

from __future__ import annotations

import sys

from perflab.worker.serve import main

if __name__ == "__main__":
    sys.exit(main(*(int(fd) for fd in sys.argv[1:4])))
