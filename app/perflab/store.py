"""The run directory: written a round at a time, read back as tables.

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
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from perflab.errors import InputError, StoreError
from perflab.measurement import (
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

REPORTS = Path("reports")
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


def _read(files: Sequence[Path], columns: Sequence[str]) -> pd.DataFrame:
    """Many rows in little memory: 128 bytes a row, where texts of their own take 288.

    Column by column, so that no more than one of them is there twice: ten million rows take about 9 s.
    """
    import pyarrow as pa
    from pyarrow import parquet

    found = {}
    for name in columns:
        texts = [name] if DTYPES.get(name, "string") == "string" else None
        parts = [parquet.read_table(file, columns=[name], read_dictionary=texts) for file in files]
        column = pa.concat_tables(parts).unify_dictionaries().to_pandas()[name]
        found[name] = column.cat.reorder_categories(sorted(column.cat.categories)) if texts else column
    return pd.DataFrame(found, copy=False)


@dataclass(frozen=True)
class Run:
    """One saved run: its tables, and what run.json says of it."""

    directory: Path
    meta: dict[str, Any]

    @property
    def run_id(self) -> str:
        return str(self.meta["run_id"])

    @property
    def scenario(self) -> dict[str, Any]:
        """The scenario as resolved, as plain data."""
        return dict(self.meta["scenario"])

    @property
    def scenario_name(self) -> str:
        return str(self.meta["scenario_name"])

    @property
    def factors(self) -> tuple[str, ...]:
        return tuple(self.meta["factors"])

    @property
    def cells(self) -> list[dict[str, Any]]:
        """One per cell: name, role and levels."""
        return list(self.meta["cells"])

    @property
    def catalogue(self) -> dict[str, Any]:
        """The indexes of the subject's database, and which of them are in question; {} where nobody looked."""
        return dict(self.meta.get("catalogue") or {})

    @property
    def environment(self) -> dict[str, Any]:
        return dict(self.meta["environment"])

    @property
    def status(self) -> str:
        return str(self.meta["status"])

    @property
    def complete(self) -> bool:
        return self.status == "complete"

    @cached_property
    def samples(self) -> pd.DataFrame:
        """One row per request; see design's `samples`. Text is categorical, its categories in alphabetical order."""
        return self._table("samples", samples_columns(self.factors))

    @cached_property
    def trace(self) -> pd.DataFrame:
        """One row per Step."""
        return self._table("trace", TRACE_COLUMNS)

    @cached_property
    def counters(self) -> pd.DataFrame:
        """One row per round, block and cell: what the servers counted."""
        return self._table("counters", COUNTER_COLUMNS)

    @cached_property
    def differences(self) -> pd.DataFrame:
        """One row per place where an answer is not the baseline's: a few for each cell and endpoint, not all."""
        return self._table("differences", DIFFERENCE_COLUMNS)

    @cached_property
    def tables(self) -> pd.DataFrame:
        """One row per round, cell and table of the subject's that the round wrote to."""
        return self._table("tables", TABLE_COLUMNS)

    @cached_property
    def queries(self) -> pd.DataFrame:
        """One row per check, cell and query text."""
        return self._table("queries", QUERY_COLUMNS)

    @cached_property
    def operations(self) -> pd.DataFrame:
        """One row per operation of a check on a key of a cache."""
        return self._table("operations", OPERATION_COLUMNS)

    @cached_property
    def usage(self) -> pd.DataFrame:
        """One row per round, cell and index."""
        return self._table("usage", USAGE_COLUMNS)

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """One row per request of the index ledger: as `samples`, and whether the database was `durable`."""
        return self._table("ledger", (*samples_columns(self.factors), DURABLE))

    @cached_property
    def ledger_counters(self) -> pd.DataFrame:
        """What the servers counted in the index ledger: as `counters`, and whether the database was `durable`."""
        return self._table("ledger_counters", (*COUNTER_COLUMNS, DURABLE))

    @cached_property
    def plans(self) -> pd.DataFrame:
        """One row per cell and query text of the checks; of all_off, all_on, and all_on without caches."""
        return self._table("plans", PLAN_COLUMNS)

    @cached_property
    def suggestions(self) -> pd.DataFrame:
        """One row per index that a plan asked for."""
        return self._table("suggestions", SUGGESTION_COLUMNS)

    @cached_property
    def profile(self) -> pd.DataFrame:
        """One row per endpoint and part of all_on's time, and per heavy line; empty where nobody looked."""
        return self._table("profile", PROFILE_COLUMNS)

    @cached_property
    def burst(self) -> pd.DataFrame:
        """One row per request that several workers asked at once, and per counter that they counted in."""
        return self._table("burst", BURST_COLUMNS)

    @property
    def failed_passes(self) -> dict[str, str]:
        """The passes after the rounds that failed, by name, and why."""
        return dict(self.meta.get("failed_passes") or {})

    def _table(self, name: str, columns: Sequence[str]) -> pd.DataFrame:
        files = sorted((self.directory / name).glob("*.parquet"))
        if not files:
            return as_table([], columns)
        try:
            return _read(files, columns) if name == "samples" else pd.concat(map(pd.read_parquet, files), ignore_index=True)
        except (OSError, ValueError) as error:
            raise StoreError(f"cannot read the {name} of {self.directory}: {error}") from error

    def effects(self, **choices: Any) -> pd.DataFrame:
        """One row per (endpoint or ALL, metric, contrast); see `perflab.analysis.effects`."""
        from perflab.analysis import effects  # analysis needs scipy, which takes 0.4 s to import

        return effects(self.samples, self.factors, **choices)

    def _repr_html_(self) -> str:
        from html import escape

        facts = {
            "scenario": self.scenario.get("title", self.scenario_name),
            "run": self.run_id,
            "status": self.status,
            "profile": self.meta.get("parameters", {}).get("profile"),
            "rounds": len(list((self.directory / "samples").glob("round-*.parquet"))),
            "requests": len(self.samples),
            "cells": len(self.cells),
        }
        rows = "".join(
            f"<tr><th scope='row'>{k}</th><td>{escape(str(v))}</td></tr>" for k, v in facts.items()
        )
        return f"<table><caption>perflab run</caption>{rows}</table>"


def load(run: str | os.PathLike[str] = "latest", reports: Path | None = None) -> Run:
    """Read a saved run: a directory, a run_id, or `latest` (the newest one that was complete, else the newest).

    Raises InputError where there is no such run, and StoreError where it was written by a newer perflab.
    """
    directory = find(run, REPORTS if reports is None else reports)
    try:
        meta = json.loads((directory / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"cannot read {directory / 'run.json'}: {error}") from error
    if not isinstance(meta, dict):
        raise StoreError(f"{directory / 'run.json'} does not describe a run", hint="choose another run")
    if meta.get("schema") != SCHEMA_VERSION:
        raise StoreError(
            f"{directory} has files of version {meta.get('schema')}, this perflab reads version {SCHEMA_VERSION}",
            hint="use the perflab that made it",
        )
    return Run(directory, meta)


def find(run: str | os.PathLike[str], reports: Path) -> Path:
    """The directory of a run; raises InputError with what there is instead."""
    as_path = Path(run)
    if (as_path / "run.json").is_file():
        return as_path
    runs = saved(reports)
    if str(run) == "latest":
        if not runs:
            raise InputError(f"there is no saved run in {reports}/", hint="run `perflab run SCENARIO` first")
        finished = [r for r in runs if _status(r) == "complete"]
        return (finished or runs)[-1]
    matches = [r for r in runs if r.name == str(run)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise InputError(f"several runs are called {run}", hint=f"give the directory, such as {matches[0]}")
    known = ", ".join(r.name for r in runs[-3:]) or "none yet"
    raise InputError(
        f"no run {str(run)!r} in {reports}/", hint=f"give a directory, `latest` or a run_id ({known})"
    )


def saved(reports: Path) -> list[Path]:
    """All runs below a reports folder, oldest first."""
    return sorted((p.parent for p in reports.glob("*/*/run.json")), key=lambda p: p.name)


def _status(directory: Path) -> str | None:
    try:
        meta = json.loads((directory / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return str(meta.get("status")) if isinstance(meta, dict) else None
