"""Stale runs: a run whose process was killed keeps the status `running` until the next command marks it.

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
    """Declare that this process measures the run in this folder."""
    writer.write_text(directory / FILE, signature() + "\n")


def end(directory: Path) -> None:
    """Declare that no process measures the run in this folder any more."""
    (directory / FILE).unlink(missing_ok=True)


def mark_interrupted(reports: Path) -> list[Path]:
    """Mark as interrupted every stale run, and return their directories.

    A run that is measured on another machine, on a shared disk, is not changed.
    """
    marked = []
    for file in sorted(reports.glob(f"*/*/{FILE}")):
        directory = file.parent
        try:
            owner = read_signature(file.read_text(encoding="utf-8"))
            if not is_abandoned(owner):
                continue
            run = store.load(directory)
            if run.status == "running":
                writer.RunWriter(directory, run.meta).finish("interrupted", KILLED)
                marked.append(directory)
            end(directory)
        except (OSError, PerflabError):
            continue  # a run that cannot be read or written is reported by the command that needs it
    return marked
