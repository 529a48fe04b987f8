"""The run directory, read back as tables; saving.py says what is in it, and writes it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from perflab.errors import InputError, StoreError
from perflab.run.schema1 import mark_checks
from perflab.run.tables import COUNTER_COLUMNS, DTYPES, SCHEMA_VERSION, TRACE_COLUMNS, samples_columns
from perflab.run.writer import DURABLE, MORE, ONCE, as_table, read_json

REPORTS = Path("reports")


def _read(files: Sequence[Path], columns: Sequence[str]) -> pd.DataFrame:
    """Many rows in little memory: 128 bytes a row, where texts of their own take 288.

    Column by column, so that no more than one of them is there twice: ten million rows take about 9 s.
    """
    import pyarrow as pa
    from pyarrow import parquet

    texts = [name for name in columns if DTYPES.get(name, "string") == "string"]
    found = {}
    with ExitStack() as stack:
        opened = [stack.enter_context(parquet.ParquetFile(file, read_dictionary=texts)) for file in files]
        for name in columns:
            column = pa.concat_tables(file.read([name]) for file in opened).unify_dictionaries().to_pandas()[name]
            found[name] = column.cat.reorder_categories(sorted(column.cat.categories)) if name in texts else column
    return pd.DataFrame(found, copy=False)


@dataclass(frozen=True)
class Run:
    """One saved run: its tables, and what run.json says of it. `perflab.load` gives one that shows itself, explore/run.py."""

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
        return self._with_checks(self._table("samples", samples_columns(self.factors)))

    @cached_property
    def trace(self) -> pd.DataFrame:
        """One row per Step."""
        return self._with_checks(self._table("trace", TRACE_COLUMNS))

    @cached_property
    def counters(self) -> pd.DataFrame:
        """One row per round, block and cell: what the servers counted."""
        return self._table("counters", COUNTER_COLUMNS)

    @cached_property
    def differences(self) -> pd.DataFrame:
        """One row per place where an answer is not the baseline's: a few for each cell and endpoint, not all."""
        return self._table("differences", MORE["differences"])

    @cached_property
    def tables(self) -> pd.DataFrame:
        """One row per round, cell and table of the subject's that the round wrote to."""
        return self._table("tables", MORE["tables"])

    @cached_property
    def queries(self) -> pd.DataFrame:
        """One row per check, cell and query text."""
        return self._table("queries", MORE["queries"])

    @cached_property
    def operations(self) -> pd.DataFrame:
        """One row per operation of a check on a key of a cache."""
        return self._table("operations", MORE["operations"])

    @cached_property
    def usage(self) -> pd.DataFrame:
        """One row per round, cell and index."""
        return self._table("usage", MORE["usage"])

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
        return self._table("plans", ONCE["plans"])

    @cached_property
    def suggestions(self) -> pd.DataFrame:
        """One row per index that a plan asked for."""
        return self._table("suggestions", ONCE["suggestions"])

    @cached_property
    def profile(self) -> pd.DataFrame:
        """One row per endpoint and part of all_on's time, and per heavy line; empty where nobody looked."""
        return self._table("profile", ONCE["profile"])

    @cached_property
    def burst(self) -> pd.DataFrame:
        """One row per request that several workers asked at once, and per counter that they counted in."""
        return self._table("burst", ONCE["burst"])

    @property
    def failed_passes(self) -> dict[str, str]:
        """The passes after the rounds that failed, by name, and why."""
        return dict(self.meta.get("failed_passes") or {})

    def _with_checks(self, table: pd.DataFrame) -> pd.DataFrame:
        return mark_checks(table) if self.meta["schema"] == 1 else table

    def _table(self, name: str, columns: Sequence[str]) -> pd.DataFrame:
        files = sorted((self.directory / name).glob("*.parquet"))
        if not files:
            return as_table([], columns)
        try:
            return (
                _read(files, columns)
                if name == "samples"
                else pd.concat(map(pd.read_parquet, files), ignore_index=True)
            )
        except (OSError, ValueError) as error:
            raise StoreError(f"cannot read the {name} of {self.directory}: {error}") from error


# What every run.json has, however early the run ended.
NEEDED = ("scenario", "scenario_name", "factors", "cells", "environment", "status")


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
    lacking = [name for name in NEEDED if name not in meta]
    if lacking:
        what = f"{directory / 'run.json'} does not describe a run: it lacks {', '.join(lacking)}"
        raise StoreError(what, hint="choose another run")
    return Run(directory, meta)


def find(run: str | os.PathLike[str], reports: Path) -> Path:
    """The directory of a run, also as seen from the folder of its reports; raises InputError with what there is instead."""
    for place in (Path(run), reports.parent / run):
        try:
            if (place / "run.json").is_file():
                return place
        except OSError:  # too long for a name, or a folder that nobody may look into
            continue
    runs = saved(reports)
    if str(run) == "latest":
        if not runs:
            raise InputError(f"there is no saved run in {reports}/", hint="run `perflab run SCENARIO` first")
        finished = [r for r in runs if read_json(r / "run.json").get("status") == "complete"]
        return (finished or runs)[-1]
    matches = [r for r in runs if r.name == str(run)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise InputError(f"several runs are called {run}", hint=f"give the directory, such as {matches[0]}")
    known = ", ".join(r.name for r in runs[-3:]) or "none yet"
    raise InputError(f"no run {str(run)!r} in {reports}/", hint=f"give a directory, `latest` or a run_id ({known})")


def saved(reports: Path) -> list[Path]:
    """All runs below a reports folder, oldest first."""
    return sorted((p.parent for p in reports.glob("*/*/run.json")), key=lambda p: p.name)
