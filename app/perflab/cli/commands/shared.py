"""What commands share: their exit codes, how a file is given, and how they end."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from perflab.cli.run import Outcome

COMPLETE, WORSE, OTHERWISE = 0, 1, 2
GATE = {"fine": COMPLETE, "worse": WORSE, "inconclusive": 3}
FILE = click.Path(path_type=Path)


def end(outcome: Outcome) -> None:
    """Print how a command ended, and exit with its code."""
    click.echo(outcome.text)
    sys.exit(COMPLETE if outcome.complete else OTHERWISE)
