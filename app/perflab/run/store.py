"""The run directory, read back as tables; writer.py has its contents, and writes them."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from perflab.errors import InputError, StoreError
from perflab.run import schema1
from perflab.run.columns import Columns, Samples, read_numbers, read_table
from perflab.run.scenario import Endpoint, scenario_endpoints
from perflab.run.tables import SCHEMA_VERSION, TABLES
from perflab.run.writer import read_json

REPORTS, OTHER_REPORTS = Path("reports"), Path("perflab-reports")
REPORTS_VARIABLE = "PERFLAB_REPORTS"


def reports_of(root: Path) -> Path:
    """Return where the runs of the project in this folder are saved: not in ./reports if that is a package of its own.

    The environment variable PERFLAB_REPORTS names another folder.
    """
    if named := os.environ.get(REPORTS_VARIABLE):
        return root / named
    return root / (OTHER_REPORTS if (root / REPORTS / "__init__.py").exists() else REPORTS)


@dataclass(frozen=True)
class Run:
    """One saved run: its tables, and run.json as `meta`. `perflab.load` returns one that displays itself, see explore/run.py."""

    directory: Path
    meta: dict[str, Any]

    @property
    def run_id(self) -> str:
        """The name of the run's directory."""
        return str(self.meta["run_id"])

    @property
    def scenario(self) -> dict[str, Any]:
        """The scenario as resolved, as plain data."""
        return dict(self.meta["scenario"])

    @property
    def scenario_name(self) -> str:
        """The name of the scenario's file, without its ending."""
        return str(self.meta["scenario_name"])

    @property
    def factors(self) -> tuple[str, ...]:
        """The names of the factors, in the scenario's order."""
        return tuple(self.meta["factors"])

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The endpoints of the scenario, in its order."""
        return scenario_endpoints(self.scenario)

    @property
    def cells(self) -> list[dict[str, Any]]:
        """One per cell: name, role and levels."""
        return list(self.meta["cells"])

    @property
    def catalogue(self) -> dict[str, Any]:
        """The indexes of the subject's database, and which of them may be unnecessary; {} where they were not read."""
        return dict(self.meta.get("catalogue") or {})

    @property
    def environment(self) -> dict[str, Any]:
        """Where the run took place: machine, versions, servers."""
        return dict(self.meta["environment"])

    @property
    def status(self) -> str:
        """How the run ended: one of writer.STATUSES."""
        return str(self.meta["status"])

    @property
    def complete(self) -> bool:
        """Whether the run ended as planned: no verdict is drawn from any other."""
        return self.status == "complete"

    @cached_property
    def samples(self) -> pd.DataFrame:
        """One row per request. Text is categorical, its categories in alphabetical order."""
        return self._table("samples")

    @cached_property
    def sample_columns(self) -> Samples:
        """The samples column by column, for an analysis that never has all of them in memory; `samples` if these were read."""
        if "samples" in self.__dict__ or self.meta.get("schema") == schema1.VERSION:
            return self.samples
        table = TABLES["samples"].with_factors(self.factors)
        declared = {column.name: column for column in table.columns}
        return Columns(
            table.names,
            lambda names: self._table("samples", names),
            lambda name: read_numbers(self._files("samples"), declared[name]),
        )

    @cached_property
    def trace(self) -> pd.DataFrame:
        """One row per Step."""
        return self._table("trace")

    @cached_property
    def before(self) -> pd.DataFrame:
        """One row per request of before the rounds that wrote, or whose response was computed in all_on."""
        return self._table("before")

    @cached_property
    def counters(self) -> pd.DataFrame:
        """One row per round, block and cell: what the servers counted."""
        return self._table("counters")

    @cached_property
    def differences(self) -> pd.DataFrame:
        """One row per place where a response differs from the baseline's: a few for each cell and endpoint, not all."""
        return self._table("differences")

    @cached_property
    def tables(self) -> pd.DataFrame:
        """One row per round, cell and database table of the subject that the round wrote to."""
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
    def index_study(self) -> pd.DataFrame:
        """One row per request of the index study: as `samples`, and whether the database was `durable`."""
        return self._table("ledger")

    @cached_property
    def index_study_counters(self) -> pd.DataFrame:
        """What the servers counted in the index study: as `counters`, and whether the database was `durable`."""
        return self._table("ledger_counters")

    @cached_property
    def plans(self) -> pd.DataFrame:
        """One row per cell and query text of the checks; of all_off, all_on, and all_on without caches."""
        return self._table("plans")

    @cached_property
    def suggestions(self) -> pd.DataFrame:
        """One row per index that a plan suggests."""
        return self._table("suggestions")

    @cached_property
    def profile(self) -> pd.DataFrame:
        """One row per endpoint and part of all_on's time, and per heavy line; empty where nothing was profiled."""
        return self._table("profile")

    @cached_property
    def concurrency(self) -> pd.DataFrame:
        """One row per request that several workers sent at once, and per counter that they incremented."""
        return self._table("burst")

    @cached_property
    def capacity_windows(self) -> pd.DataFrame:
        """One row per window of the load test."""
        return self._table("capacity_windows")

    @cached_property
    def capacity_requests(self) -> pd.DataFrame:
        """One row per request of the load test."""
        return self._table("capacity_requests")

    @property
    def failed_stages(self) -> dict[str, str]:
        """The stages after the rounds that failed, by name, and why."""
        return dict(self.meta.get("failed_passes") or {})

    def _files(self, name: str) -> list[Path]:
        return sorted((self.directory / name).glob("*.parquet"))

    def _table(self, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        table = TABLES[name].with_factors(self.factors)
        if columns is not None:
            table = replace(table, columns=tuple(column for column in table.columns if column.name in columns))
        files = self._files(name)
        if not files:
            return table.frame([])
        try:
            content = read_table(files, table, categorical=name == "samples")
        except (OSError, ValueError) as error:
            raise StoreError(f"cannot read the {name} of {self.directory}: {error}") from error
        if self.meta.get("schema") == schema1.VERSION and name in ("samples", "trace"):
            return schema1.mark_checks(content)
        return content


# The versions of files that can be read.
READABLE = (schema1.VERSION, SCHEMA_VERSION)

# The keys of every run.json, however early the run ended.
REQUIRED = ("scenario", "scenario_name", "factors", "cells", "environment", "status")


def load(run: str | os.PathLike[str] = "latest", reports: Path | None = None) -> Run:
    """Read a saved run.

    Args:
        run: A directory, a run_id, or `latest`: the newest complete run, else the newest.
        reports: The folder to look in; `reports` by default.

    Raises:
        InputError: Where there is no such run.
        StoreError: Where its files cannot be read, or were written by a newer perflab.
    """
    directory = find(run, reports or reports_of(Path()))
    try:
        meta = json.loads((directory / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"cannot read {directory / 'run.json'}: {error}") from error
    if not isinstance(meta, dict):
        raise StoreError(f"{directory / 'run.json'} does not describe a run", hint="choose another run")
    version = meta.get("schema")
    if version not in READABLE:
        raise StoreError(
            f"{directory} has files of version {version}, but this perflab reads versions {schema1.VERSION} to "
            f"{SCHEMA_VERSION}",
            hint="use the perflab version that wrote them",
        )
    missing = [name for name in REQUIRED if name not in meta]
    if missing:
        what = f"{directory / 'run.json'} does not describe a run: it lacks {', '.join(missing)}"
        raise StoreError(what, hint="choose another run")
    return Run(directory, schema1.translate(meta) if version == schema1.VERSION else meta)


def find(run: str | os.PathLike[str], reports: Path) -> Path:
    """Return the directory of a run.

    Args:
        run: A directory, also relative to the parent of `reports`; a run_id; or `latest`.
        reports: The folder of all runs.

    Raises:
        InputError: Where there is no such run, or several; the message lists the existing ones.
    """
    for directory in (Path(run), reports.parent / run):
        try:
            if (directory / "run.json").is_file():
                return directory
        except OSError:  # too long for a name, or a folder without permission to read it
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
    newest = ", ".join(r.name for r in runs[-3:]) or "there are no runs yet"
    raise InputError(f"no run {str(run)!r} in {reports}/", hint=f"give a directory, `latest` or a run_id ({newest})")


def saved(reports: Path) -> list[Path]:
    """Return the directories of all runs below a reports folder, oldest first."""
    return sorted((p.parent for p in reports.glob("*/*/run.json")), key=lambda p: p.name)
