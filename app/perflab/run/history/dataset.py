"""The dataset of all nights: reports/history, a Parquet file for each run, and in it a row for each figure that was compared.

Files are only added. One appears under its name when it is whole; a run that is there is not added twice. So several machines
may write into one folder, and the folder can be carried from night to night as a whole.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perflab.errors import InputError, StoreError
from perflab.run.store import Run
from perflab.run.summary import Summary
from perflab.run.tables.declaring import ENDPOINT, Column, Table

if TYPE_CHECKING:
    import pandas as pd

FOLDER = "history"
# One row per endpoint, metric, statistic and contrast of a run. `factors` are what is switched, so that two scenarios' "all_on"
# are not mixed; `base` is the older of two revisions. `machine` tells machines apart, `reference_s` is what the calibration
# request took on it, and `standard_error` is that of the ratio's logarithm, or of the ratio where `scale` says so.
HISTORY = Table(
    "history",
    (
        Column("scenario", nullable=False), Column("profile"), Column("run_id", nullable=False), Column("started_at"),
        Column("factors"), Column("revision"), Column("base"), Column("machine"), Column("cpu_model"), Column("cores", "int32"),
        Column("reference_s", "float64", "s", "calibration request"), Column("perflab"), Column("data"),
        ENDPOINT, Column("metric"), Column("statistic"), Column("contrast"), Column("before", "float64"),
        Column("after", "float64"), Column("ratio", "float64"), Column("low", "float64"), Column("high", "float64"),
        Column("standard_error", "float64"), Column("scale"), Column("verdict"), Column("rounds", "int32"), Column("n", "int64"),
    ),
)  # fmt: skip


def add(run: Run, summary: Summary, reports: Path) -> bool:
    """Add a run to the history; return False where it is there already.

    Args:
        run: The run.
        summary: Its summary.
        reports: The folder of all runs.

    Raises:
        InputError: The run is not complete, or compares nothing.
        StoreError: The file cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not run.complete:
        raise InputError(
            f"the run {run.run_id} is {run.status}: it has no place in the history", hint="add a complete one"
        )
    if not summary.effects:
        raise InputError(f"the run {run.run_id} compares nothing", hint="a scenario with factors does")
    path = reports / FOLDER / f"{run.scenario_name}-{run.run_id}.parquet"
    if path.exists():
        return False
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(list(_rows(run, summary)), schema=HISTORY.schema), beside)
        beside.replace(path)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}", hint="make room") from error
    finally:
        beside.unlink(missing_ok=True)
    return True


def _rows(run: Run, summary: Summary) -> Iterator[dict[str, Any]]:
    environment = run.environment
    machine = environment.get("machine") or {}
    older, newer = ((run.meta.get("revisions") or {}).get(side) or {} for side in ("off", "on"))
    facts = {
        "scenario": run.scenario_name, "profile": (run.meta.get("parameters") or {}).get("profile"), "run_id": run.run_id,
        "started_at": run.meta.get("started_at"), "machine": machine_id(machine),
        "factors": "+".join(run.factors), "base": older.get("revision"),
        "revision": newer.get("revision") or environment.get("git_revision"),  # of two revisions the newer one is the night's
        "cpu_model": machine.get("cpu_model"), "cores": machine.get("cores"),
        "reference_s": (machine.get("calibration") or {}).get("reference_s"), "perflab": environment.get("perflab"),
        "data": environment.get("data"),
    }  # fmt: skip
    facts["data"] = None if facts["data"] is None else str(facts["data"])
    for effect in summary.effects:
        if effect.ratio is not None:
            yield {**facts, **{name: value for name, value in effect.as_dict().items() if name in HISTORY.names}}


def machine_id(machine: dict[str, Any]) -> str | None:
    """Return a short name for a machine by what decides its speed; None where that is unknown.

    Args:
        machine: What run.json says of it.
    """
    facts = {name: machine.get(name) for name in ("architecture", "cpu_model", "cores", "memory_bytes")}
    if not any(facts.values()):
        return None
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:8]


def read(reports: Path) -> tuple[pd.DataFrame, list[str]]:
    """Return all rows, the oldest run first, and a sentence for each file that cannot be read.

    A column that an older file lacks is null.

    Args:
        reports: The folder of all runs.
    """
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    frames, problems = [], []
    for path in sorted((reports / FOLDER).glob("*.parquet")):
        try:
            table = pq.read_table(path)
            columns = {name: table.column(name).cast(HISTORY.schema.field(name).type) for name in HISTORY.names
                     if name in table.column_names}  # fmt: skip
            if not {"scenario", "run_id", "ratio"} <= set(columns):
                raise InputError("it has no column run_id")
        except (OSError, pa.ArrowException, InputError):
            problems.append(f"{path.name} is no file of the history, and is left out")
            continue
        frames.append(pa.table(columns).to_pandas().reindex(columns=list(HISTORY.names)).astype(HISTORY.dtypes))
    if not frames:
        return HISTORY.frame([]), problems
    rows = pd.concat(frames, ignore_index=True)
    return rows.sort_values(["started_at", "run_id"], kind="stable", ignore_index=True), problems
