"""What the engine of a matrix costs: points through a scheduler and a worker, against the same commands one by one.

A point's command saves a run of 5 MB and otherwise sleeps, so that two series take the same time on a busy machine, too. Starting
and ending the cluster counts.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from perflab.experiment.matrix.attempt import folder_of
from perflab.experiment.matrix.ledger import Ledger
from tests.benchmarks.table import Result, Table, say
from tests.perflab.experiment.matrix import bed

BOUND = 1.02


def measure(count: int, seconds: float) -> Table:
    """Return the table.

    Args:
        count: The number of points.
        seconds: How long the command of a point takes; a smoke run takes a minute or two.
    """
    with tempfile.TemporaryDirectory() as folder:
        alone_s = _one_by_one(Path(folder), count, seconds)
        matrix_s = _through_the_engine(Path(folder), count, seconds)
    table = Table("Cost of a matrix", ["points", "number", "wall time, s", "per point, s"])
    for name, took_s in (("one by one", alone_s), ("perflab matrix", matrix_s)):
        table.rows.append([name, str(count), f"{took_s:.2f}", f"{took_s / count:.2f}"])
    table.results.append(Result("perflab matrix / one by one", matrix_s / alone_s, BOUND))
    table.notes.append(
        f"Each point takes {seconds:g} s. The difference is {matrix_s - alone_s:.2f} s, with start and end of the cluster."
    )
    return table


def _one_by_one(folder: Path, count: int, seconds: float) -> float:
    say(f"matrix: {count} commands one by one")
    journal = folder / "journal-alone"
    began = time.perf_counter()
    for number, point in enumerate(bed.points_of(count, dict.fromkeys(range(count), f"sleep {seconds}"))):
        scenario = folder / f"{number}.yaml"
        scenario.write_text(point.scenario)
        environment = {**os.environ, "PERFLAB_REPORTS": str(folder / "alone" / str(number))}
        words = [sys.executable, str(bed.SCRIPT), str(scenario), str(journal)]
        subprocess.run(words, env=environment, check=True)
    return time.perf_counter() - began


def _through_the_engine(folder: Path, count: int, seconds: float) -> float:
    say(f"matrix: {count} points through a scheduler and a worker")
    from perflab.experiment.matrix import cluster  # Dask: a command pays for it, too
    from perflab.experiment.matrix.engine import Engine

    project = folder / "project"
    project.mkdir()
    plan = bed.plan_of(project, folder / "journal-matrix")
    points = bed.points_of(count, dict.fromkeys(range(count), f"sleep {seconds}"))
    began = time.perf_counter()
    with cluster.connected(None) as client:
        ended = Engine(client, plan, Ledger(folder_of(project, plan.name)), lambda _: None).run(points)
    took_s = time.perf_counter() - began
    assert ended.done == count, f"{count - ended.done} points failed"
    return took_s
