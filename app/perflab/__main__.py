"""`python -m perflab` is the command line."""

from __future__ import annotations

import sys

from perflab.cli.main import main

sys.exit(main())
