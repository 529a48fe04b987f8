"""`python -m perflab.worker.serving PARENT_FD`: started by perflab, not by people."""

from __future__ import annotations

import sys

from perflab.worker.serving.launching import main

if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
