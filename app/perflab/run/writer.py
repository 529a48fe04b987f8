"""The run directory: written a round at a time.

    reports/<scenario>/<run_id>/
        run.json                 the scenario, the environment, how the run ended
        trace/round-001.parquet  samples/round-001.parquet  counters/round-001.parquet
        differences/round-001.parquet  tables/round-001.parquet  queries/round-001.parquet
        operations/round-001.parquet  usage/round-001.parquet
        ledger/round-001.parquet  ledger_counters/round-001.parquet      (these and below: by stages after the rounds)
        capacity_windows/round-001.parquet  capacity_requests/round-001.parquet
        profile/all.parquet  burst/all.parquet  plans/all.parquet  suggestions/all.parquet
        before/all.parquet                                               (before the rounds)
        notebooks/  figures/  summary.html  summary.json  summary.md

Every file is written beside its place and moved there, so that a reader never sees half a file and a full disk never
damages what was saved before.
"""

from __future__ import annotations

import json
import os
import threading
import traceback
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perflab.errors import StoreError
from perflab.run.tables import INDEX_STUDY, INDEX_STUDY_COUNTERS, SCHEMA_VERSION, TABLES, Row, Table
from perflab.run.tables.capacity import CAPACITY_REQUESTS, CAPACITY_WINDOWS

# Tables whose rounds are not those of the run: later stages write them.
LATER = (INDEX_STUDY, INDEX_STUDY_COUNTERS, CAPACITY_WINDOWS, CAPACITY_REQUESTS)
STATUSES = ("running", "complete", "failed", "interrupted")
# What became of a run that is not complete.
ENDINGS = {"running": "has not finished", "failed": "failed", "interrupted": "was interrupted"}


def ending(status: str) -> str:
    """Return how a run ended in words that follow `the run`, by its status."""
    return ENDINGS.get(status, status)


def write_text(path: Path, text: str) -> None:
    """Write a text file in one step: a reader sees all of it, or the file as it was before."""
    _write(path, lambda beside: beside.write_text(text, encoding="utf-8"))


def read_json(path: Path) -> dict[str, Any]:
    """Return the object that a JSON file holds; {} where the file is missing, unreadable, or holds anything else."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_json(path: Path, value: object) -> None:
    """Write a value as a JSON file in one step; raises ValueError for NaN and infinity, which JSON does not have."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False, default=str) + "\n")


def _write(path: Path, write: Any) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(beside)
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise StoreError(
            f"cannot write {path}: {error.strerror or error}", hint="make room or choose another folder"
        ) from error


@dataclass(frozen=True)
class RunWriter:
    """The writer of one run's directory. `meta` is run.json; it is written again whenever it changes.

    Rounds may be written at once. Whoever changes `meta` by what it holds takes the `lock` for both.
    """

    directory: Path
    meta: dict[str, Any]
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False, compare=False)

    @classmethod
    def create(cls, directory: Path, meta: dict[str, Any]) -> RunWriter:
        """Begin a run in a directory.

        Raises:
            StoreError: It holds a run already.
        """
        if (directory / "run.json").exists():
            raise StoreError(f"{directory} already holds a run", hint="omit run_id, or choose another")
        writer = cls(directory, {"schema": SCHEMA_VERSION, "status": "running", **meta})
        writer.save_meta()
        return writer

    def save_meta(self, **changes: Any) -> None:
        """Change keys of run.json and write it."""
        with self.lock:
            self.meta.update(changes)
            write_json(self.directory / "run.json", self.meta)

    def log_of(self, cell: str) -> Path:
        """Return the path of the log of a cell's worker."""
        folder = self.directory / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"worker-{cell}.log"

    def save_traceback(self, error: BaseException) -> None:
        """Keep an error's traceback, with those of its causes, in logs/run.log; nothing happens where the disk refuses."""
        with suppress(StoreError):
            write_text(self.directory / "logs" / "run.log", "".join(traceback.format_exception(error)))

    def save_round(
        self, number: int, trace: Iterable[Row], samples: Iterable[Row], counters: Iterable[Row], **more: Iterable[Row]
    ) -> None:
        """Write the tables of one round.

        Args:
            number: The round's number, from 1.
            trace: One row per Step.
            samples: One row per request.
            counters: One row per block and cell.
            more: Rows of the other tables that have a file per round, by the table's name; a table left out is empty.

        Raises:
            ValueError: If `more` names a table that has no file per round.
        """
        rows = {"trace": trace, "samples": samples, "counters": counters, **more}
        for table in TABLES.values():
            if table.per_round and table not in LATER:
                self._save(table, f"round-{number:03d}", rows.pop(table.name, ()))
        if rows:
            raise ValueError(f"no such table of a round: {', '.join(rows)}")

    def save_index_study(self, number: int, samples: Iterable[Row], counters: Iterable[Row]) -> None:
        """Write one round of the index study; each row says whether the database was `durable`.

        Args:
            number: The round's number, from 1.
            samples: One row per request.
            counters: One row per block and cell.
        """
        self._save(INDEX_STUDY, f"round-{number:03d}", samples)
        self._save(INDEX_STUDY_COUNTERS, f"round-{number:03d}", counters)

    def save_load_round(self, number: int, windows: Iterable[Row], requests: Iterable[Row]) -> None:
        """Write one round of the load test.

        Args:
            number: The round's number, from 1.
            windows: One row per window.
            requests: One row per request.
        """
        self._save(CAPACITY_WINDOWS, f"round-{number:03d}", windows)
        self._save(CAPACITY_REQUESTS, f"round-{number:03d}", requests)

    def save_once(self, name: str, rows: Iterable[Row]) -> None:
        """Write one of the tables that have one file for the whole run."""
        self._save(TABLES[name], "all", rows)

    def _save(self, table: Table, file: str, rows: Iterable[Row]) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        table = table.with_factors(self.meta["factors"])
        content = pa.Table.from_pandas(table.frame(rows), schema=table.schema, preserve_index=False)
        path = self.directory / table.name / f"{file}.parquet"
        _write(path, lambda beside: parquet.write_table(content, beside))

    def finish(self, status: str, error: str | None = None, **changes: Any) -> None:
        """Record how the run ended.

        Args:
            status: One of STATUSES.
            error: Why the run did not complete, in one line.
            changes: Other keys of run.json to write with it.

        Raises:
            ValueError: For an unknown status.
        """
        if status not in STATUSES:
            raise ValueError(f"no such status: {status}")
        self.save_meta(**changes, status=status, error=error)
