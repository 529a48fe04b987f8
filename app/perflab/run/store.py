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
from perflab.run.tables import NULLABLE, SCHEMA_VERSION, TABLES, Column, Table
from perflab.run.writer import read_json

REPORTS = Path("reports")


def _read(files: Sequence[Path], table: Table, categorical: bool) -> pd.DataFrame:
    """Read the files of a table, with exactly its declared columns; one that a file lacks is null there.

    Column by column, so that no more than one of them is in memory twice: ten million samples take about 9 s. Text that is
    `categorical` takes a row 128 bytes of samples instead of 288.

    Raises ValueError where a file lacks a column that is never null.
    """
    import pyarrow as pa

    texts = [column.name for column in table.columns if column.dtype == "string"] if categorical else []
    columns = {}
    with ExitStack() as stack:
        opened = [stack.enter_context(_opened(file, texts)) for file in files]
        for column in table.columns:
            parts = [_column(file, column) for file in opened]
            chunks = pa.concat_tables(parts, promote_options="permissive").unify_dictionaries()
            values = chunks.to_pandas(types_mapper=_pandas_type, ignore_metadata=True)[column.name]
            if column.name in texts:
                values = values.astype("category")
                columns[column.name] = values.cat.reorder_categories(sorted(values.cat.categories))
            else:
                columns[column.name] = values.astype(column.pandas_dtype)
    return pd.DataFrame(columns, copy=False)


def _opened(file: Path, texts: Sequence[str]) -> Any:
    """Open a parquet file, to read these columns as dictionaries where it has them."""
    from pyarrow import parquet

    present = set(parquet.read_schema(file).names)
    return parquet.ParquetFile(file, read_dictionary=[name for name in texts if name in present])


def _column(file: Any, column: Column) -> Any:
    """Return one column of a parquet file; nulls where the file was written before there was such a column."""
    import pyarrow as pa

    if column.name in file.schema_arrow.names:
        return file.read([column.name])
    if not column.nullable:
        raise ValueError(f"the column {column.name} is missing")
    return pa.table({column.name: pa.nulls(file.metadata.num_rows)})


def _pandas_type(arrow: Any) -> Any:
    """Return the nullable pandas type for an Arrow type, so that numbers with nulls do not become floats."""
    name = str(arrow)
    return pd.api.types.pandas_dtype(NULLABLE[name]) if name in NULLABLE else None


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
        return self._table("samples")

    @cached_property
    def trace(self) -> pd.DataFrame:
        """One row per Step."""
        return self._table("trace")

    @cached_property
    def counters(self) -> pd.DataFrame:
        """One row per round, block and cell: what the servers counted."""
        return self._table("counters")

    @cached_property
    def differences(self) -> pd.DataFrame:
        """One row per place where an answer is not the baseline's: a few for each cell and endpoint, not all."""
        return self._table("differences")

    @cached_property
    def tables(self) -> pd.DataFrame:
        """One row per round, cell and table of the subject's that the round wrote to."""
        return self._table("tables")

    @cached_property
    def queries(self) -> pd.DataFrame:
        """One row per check, cell and query text."""
        return self._table("queries")

    @cached_property
    def operations(self) -> pd.DataFrame:
        """One row per operation of a check on a key of a cache."""
        return self._table("operations")

    @cached_property
    def usage(self) -> pd.DataFrame:
        """One row per round, cell and index."""
        return self._table("usage")

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """One row per request of the index ledger: as `samples`, and whether the database was `durable`."""
        return self._table("ledger")

    @cached_property
    def ledger_counters(self) -> pd.DataFrame:
        """What the servers counted in the index ledger: as `counters`, and whether the database was `durable`."""
        return self._table("ledger_counters")

    @cached_property
    def plans(self) -> pd.DataFrame:
        """One row per cell and query text of the checks; of all_off, all_on, and all_on without caches."""
        return self._table("plans")

    @cached_property
    def suggestions(self) -> pd.DataFrame:
        """One row per index that a plan asked for."""
        return self._table("suggestions")

    @cached_property
    def profile(self) -> pd.DataFrame:
        """One row per endpoint and part of all_on's time, and per heavy line; empty where nobody looked."""
        return self._table("profile")

    @cached_property
    def burst(self) -> pd.DataFrame:
        """One row per request that several workers asked at once, and per counter that they counted in."""
        return self._table("burst")

    @property
    def failed_passes(self) -> dict[str, str]:
        """The passes after the rounds that failed, by name, and why."""
        return dict(self.meta.get("failed_passes") or {})

    def _table(self, name: str) -> pd.DataFrame:
        table = TABLES[name].with_factors(self.factors)
        files = sorted((self.directory / name).glob("*.parquet"))
        if not files:
            return table.frame([])
        try:
            return _read(files, table, categorical=name == "samples")
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
