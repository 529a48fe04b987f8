"""What commands share: their exit codes, and how a file is given."""

from __future__ import annotations

from pathlib import Path

import click

COMPLETE, OTHERWISE = 0, 2
GATE = {"fine": 0, "worse": 1, "inconclusive": 3}
FILE = click.Path(path_type=Path)
