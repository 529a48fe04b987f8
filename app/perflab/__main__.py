"""`python -m perflab` is the command line."""

from __future__ import annotations

import sys

from perflab.cli import main

sys.exit(main())
