"""Runs whose process was killed: nobody was left to say so, so the next command does.

While a run is measured, a file beside its run.json names the process that measures it.
"""

from __future__ import annotations

from pathlib import Path

from perflab.errors import PerflabError
from perflab.run import store, writer
from perflab.servers.ownership import is_abandoned, read_signature, signature

FILE = ".measuring"
KILLED = "the process that measured it was killed"


def begin(directory: Path) -> None:
    """Say that this process measures the run in this folder."""
    writer.write_text(directory / FILE, signature() + "\n")


def end(directory: Path) -> None:
    (directory / FILE).unlink(missing_ok=True)


def settle(reports: Path) -> list[Path]:
    """Mark as interrupted each run that nobody measures any more; their directories.

    One that is measured on another machine, on a shared disk, stays as it is.
    """
    settled = []
    for file in sorted(reports.glob(f"*/*/{FILE}")):
        directory = file.parent
        try:
            owner = read_signature(file.read_text(encoding="utf-8"))
            if not is_abandoned(owner):
                continue
            run = store.load(directory)
            if run.status == "running":
                writer.RunWriter(directory, run.meta).finish("interrupted", KILLED)
                settled.append(directory)
            end(directory)
        except (OSError, PerflabError):
            continue  # a run that cannot be read or written is told of where it is asked for
    return settled
