"""A synthetic run, saved as a real one is: for tests of what reads a run's directory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from perflab.run.store import Run, load
from perflab.run.writer import RunWriter
from tests.perflab.synthetic import Truth, make_counters, make_samples, make_trace, meta

ENVIRONMENT: dict[str, Any] = {
    "python": "3.11.7",
    "django": "5.2.9",
    "git_revision": "4fbf848aa112",
    "machine": {"cpu_model": "A Processor", "cores": 2, "memory_bytes": 8 * 1024**3, "system": "Linux 6.1"},
    "pinning": {"pinned": True, "measured_cores": [1], "other_cores": [0], "reason": None},
    "postgres": {
        "version": "18.6",
        "private": True,
        "settings": {"fsync": "off", "jit": "off", "unix_socket_directories": "/somewhere/private"},
    },
    "cache": {"version": "Valkey 9.1.2", "private": True},
    "rows": {"marketplace.User": 1000, "marketplace.Job": 3000},
    "database_bytes": 24_150_543,
    "indexes": {"indexes": {"count": 22, "names": ["payment_payer_idx"]}},
    "clocks": {"db": True, "cache": True},
}
SMALL = Truth(rounds=3, blocks=4)
# The files of runs that were saved: the content by its path, by what is true of the run.
_FILES: dict[str, dict[str, bytes]] = {}


def facts(**changes: Any) -> dict[str, Any]:
    """A run.json with everything that a real one says."""
    return meta(SMALL, **{"environment": ENVIRONMENT, "started_at": "2026-11-23T10:15:00+00:00",
                          "command": "perflab run scenarios/marketplace.yaml", **changes})  # fmt: skip


def without_samples(**changes: Any) -> Run:
    """A run for those who read nothing but its facts; nothing is written."""
    return Run(Path("nowhere"), facts(**changes))


def rows_of(table: pd.DataFrame, number: int) -> list[dict[str, Any]]:
    """The rows of one round, as they are handed to a writer."""
    rows: list[Any] = table[table["round"] == number].to_dict("records")
    return rows


def save(
    reports: Path,
    truth: Truth = SMALL,
    run_id: str = "20261123-101500",
    status: str = "complete",
    samples: pd.DataFrame | None = None,
    **changes: Any,
) -> Run:
    """Write a run below a reports folder and read it back. The tables of a truth alone are written once, and then copied."""
    directory = reports / "marketplace" / run_id
    writer = RunWriter.create(directory, facts(**{"status": "running", "run_id": run_id, **changes}))
    key = repr((truth, writer.meta["factors"]))
    if samples is not None:
        _save_rounds(writer, truth, samples)
    elif key not in _FILES:
        _save_rounds(writer, truth, make_samples(truth))
        _FILES[key] = {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*.parquet")}
    else:
        for name, content in _FILES[key].items():
            path = directory / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
    writer.finish(status, None if status == "complete" else "the worker of indexes died")
    return load(directory)


def _save_rounds(writer: RunWriter, truth: Truth, samples: pd.DataFrame) -> None:
    trace, counters = make_trace(truth), make_counters(samples)
    for number in range(1, truth.rounds + 1):
        writer.save_round(number, *(rows_of(table, number) for table in (trace, samples, counters)))
