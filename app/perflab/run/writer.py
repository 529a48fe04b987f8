"""The run directory: written a round at a time.

    reports/<scenario>/<run_id>/
        run.json                 what was asked, where it ran, how it ended
        trace/round-001.parquet  samples/round-001.parquet  counters/round-001.parquet
        differences/round-001.parquet  tables/round-001.parquet  queries/round-001.parquet
        operations/round-001.parquet  usage/round-001.parquet
        ledger/round-001.parquet  ledger_counters/round-001.parquet      (these and below: by passes after the rounds)
        profile/all.parquet  burst/all.parquet  plans/all.parquet  suggestions/all.parquet
        notebooks/  figures/  summary.html  summary.json  summary.md

Every file is written beside its place and moved there, so that a reader never sees half a file and a full disk never
damages what was saved before.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from perflab.errors import StoreError
from perflab.run.tables import (
    BURST_COLUMNS,
    COUNTER_COLUMNS,
    DIFFERENCE_COLUMNS,
    DTYPES,
    OPERATION_COLUMNS,
    PLAN_COLUMNS,
    PROFILE_COLUMNS,
    QUERY_COLUMNS,
    SCHEMA_VERSION,
    SUGGESTION_COLUMNS,
    TABLE_COLUMNS,
    TRACE_COLUMNS,
    USAGE_COLUMNS,
    Row,
    samples_columns,
)

# What else a round found out: as many rows as there was to tell.
MORE = {
    "differences": DIFFERENCE_COLUMNS,
    "tables": TABLE_COLUMNS,
    "queries": QUERY_COLUMNS,
    "operations": OPERATION_COLUMNS,
    "usage": USAGE_COLUMNS,
}
# What the passes after the rounds found out.
ONCE = {
    "profile": PROFILE_COLUMNS,
    "burst": BURST_COLUMNS,
    "plans": PLAN_COLUMNS,
    "suggestions": SUGGESTION_COLUMNS,
}
DURABLE = "durable"
STATUSES = ("running", "complete", "failed", "interrupted")


def write_text(path: Path, text: str) -> None:
    """Write a text file in one step: it is there whole, or as it was before."""
    _write(path, lambda beside: beside.write_text(text, encoding="utf-8"))


def read_json(path: Path) -> dict[str, Any]:
    """What a JSON file holds; {} where it is missing, cannot be read, or is no object: it is as good as not there."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_json(path: Path, value: object) -> None:
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
    """Writes one run's directory. `meta` is run.json; it is written again whenever it changes."""

    directory: Path
    meta: dict[str, Any]

    @classmethod
    def create(cls, directory: Path, meta: dict[str, Any]) -> RunWriter:
        if (directory / "run.json").exists():
            raise StoreError(f"{directory} already holds a run", hint="leave the run_id to perflab")
        writer = cls(directory, {"schema": SCHEMA_VERSION, "status": "running", **meta})
        writer.save_meta()
        return writer

    def save_meta(self, **changes: Any) -> None:
        self.meta.update(changes)
        write_json(self.directory / "run.json", self.meta)

    def log_of(self, cell: str) -> Path:
        """Where the worker of a cell writes what it has to say."""
        folder = self.directory / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"worker-{cell}.log"

    def save_round(
        self, number: int, trace: Iterable[Row], samples: Iterable[Row], counters: Iterable[Row], **more: Iterable[Row]
    ) -> None:
        """Write the tables of one round; numbers start at 1. `more` are those in MORE, by name; what is left out is empty."""
        factors = tuple(self.meta["factors"])
        for name, rows, columns in (
            ("trace", trace, TRACE_COLUMNS),
            ("samples", samples, samples_columns(factors)),
            ("counters", counters, COUNTER_COLUMNS),
            *((name, more.get(name, ()), columns) for name, columns in MORE.items()),
        ):
            self._save(name, f"round-{number:03d}", as_table(rows, columns))

    def save_ledger(self, number: int, samples: Iterable[Row], counters: Iterable[Row]) -> None:
        """Write one round of the index ledger's; each row says whether it was `durable`."""
        factors = tuple(self.meta["factors"])
        for name, rows, columns in (
            ("ledger", samples, samples_columns(factors)),
            ("ledger_counters", counters, COUNTER_COLUMNS),
        ):
            self._save(name, f"round-{number:03d}", as_table(rows, (*columns, DURABLE)))

    def save_once(self, name: str, rows: Iterable[Row]) -> None:
        """Write one of the tables in ONCE."""
        self._save(name, "all", as_table(rows, ONCE[name]))

    def _save(self, name: str, file: str, table: pd.DataFrame) -> None:
        path = self.directory / name / f"{file}.parquet"
        _write(path, lambda beside: table.to_parquet(beside, index=False))

    def finish(self, status: str, error: str | None = None, **changes: Any) -> None:
        """Say how the run ended, and why if it did not end well."""
        if status not in STATUSES:
            raise ValueError(f"no such status: {status}")
        self.save_meta(**changes, status=status, error=error)


def as_table(rows: Iterable[Row], columns: Sequence[str]) -> pd.DataFrame:
    """Rows as a DataFrame with exactly these columns, typed; what a row lacks is null."""
    table = pd.DataFrame.from_records(list(rows), columns=list(columns))
    return table.astype({c: DTYPES.get(c, "string") for c in columns})
