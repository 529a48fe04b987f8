"""Queries that wait: time in queries in which neither the application nor the database computes.

Where everything shares one core, a query's time is the processor's time of both sides. What is left is waiting: for a lock, the
disk, a timer, another server. All of the database's CPU time is taken off, also that outside of queries, so that the figure is a
lower bound. It is no more than the whole request spent without CPU: queries of several threads at once wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from perflab.analysis.database.mistakes.cause import Cause, cause_of
from perflab.analysis.database.queries import optimised_cells
from perflab.analysis.stats.values import plain
from perflab.run.cells import CONTROLS, REFERENCE
from perflab.run.columns import Samples
from perflab.run.records import MAX_STEPS, Finding
from perflab.run.scenario import scenario_endpoints
from perflab.run.tables import rows_where
from perflab.units import seconds

# In this share of a cell's requests, in every round: so long, and so much of the time in queries.
MIN_SHARE, MIN_WAIT_S, MIN_OF_TIME = 0.5, 0.001, 0.2
# In all cells together, and how many different Steps these are: an endpoint that is requested seldom has few in each cell.
MIN_REQUESTS, MIN_STEPS = 5, 3
# A process that others displace waits as well. The calibration request has nothing to wait for: if it spends more than this
# share of its time without CPU (0.1% on a quiet machine, 60% on an overloaded one), half of MIN_OF_TIME, the machine is too busy
# to tell.
MAX_DISPLACED = 0.1
TIMES = ("query_time_s", "query_app_cpu_s", "db_cpu_s", "latency_s", "app_cpu_s")
COLUMNS = ("round", "step", "cell", "query_time_s")
# The cells' requests are executed one at a time in these, so that what waits is not another cell. A wait needs no warm cache: a
# short run has one measured request of a rare endpoint, and seven in its warm-up.
IN_TURN = ("warmup", "measured")


def waits(
    samples: Samples, scenario: Mapping[str, Any], factors: Sequence[str], environment: Mapping[str, Any]
) -> Iterator[Finding]:
    """Yield `waits` for each endpoint whose queries take much of their time without CPU, with all factors on, caches left aside.

    Where a CPU time is unknown (SQLite, a server elsewhere, a run of an older version), where application and database do not
    share one core, and on a busy machine, there is none.

    Args:
        samples: The run's requests.
        scenario: The scenario as run.json keeps it.
        factors: The scenario's factors, in its order.
        environment: What run.json says of servers and cores.
    """
    if not _share_a_core(environment) or not set(TIMES) <= set(samples.columns) or not _is_quiet(samples):
        return
    query_s, query_app_cpu_s, db_cpu_s, latency_s, app_cpu_s = (_numbers(samples, name) for name in TIMES)
    wait_s = np.minimum(query_s - query_app_cpu_s, latency_s - app_cpu_s) - db_cpu_s
    long = (wait_s >= MIN_WAIT_S) & (wait_s >= MIN_OF_TIME * query_s)
    methods = {endpoint.name: endpoint.method for endpoint in scenario_endpoints(scenario)}
    optimised = optimised_cells(scenario, factors)
    # In a sound run few requests wait: only the endpoints of these are looked at.
    in_turn = samples["phase"].isin(IN_TURN).to_numpy(bool, na_value=False)
    few = samples["endpoint"][long & in_turn].value_counts()
    for name in sorted(str(name) for name, number in few.items() if number >= MIN_REQUESTS and name in methods):
        own = (samples["endpoint"] == name).to_numpy(bool, na_value=False) & in_turn
        requests = pd.DataFrame({name: samples[name][own] for name in COLUMNS})
        requests = requests.assign(long=long[own], wait_s=wait_s[own])
        requests = requests[~requests["cell"].isin(CONTROLS).to_numpy(bool)]
        cells = [cell for cell in map(str, requests["cell"].unique()) if _waits(rows_where(requests, cell=cell))]
        waiting = requests[(requests["cell"].isin(cells) & requests["long"]).to_numpy(bool)]
        left = [cell for cell in optimised if cell in cells]
        if left and len(waiting) >= MIN_REQUESTS and len(waiting[["round", "step"]].drop_duplicates()) >= MIN_STEPS:
            in_cell = rows_where(requests, cell=left[0])
            yield _finding(name, methods[name], in_cell, cause_of(cells, scenario, factors))


def _numbers(samples: Samples, name: str) -> npt.NDArray[np.float64]:
    return samples[name].to_numpy(dtype=np.float64, na_value=np.nan)


def _share_a_core(environment: Mapping[str, Any]) -> bool:
    """Return whether a private server and the workers were on one core: elsewhere each query waits to be scheduled."""
    postgres, pinning = (environment.get(name) or {} for name in ("postgres", "pinning"))
    return bool(postgres.get("private")) and len(pinning.get("measured_cores") or ()) == 1


def _is_quiet(samples: Samples) -> bool:
    """Return whether the calibration request had the processor while it ran; False where that is unknown."""
    own = rows_where(samples[["role", "phase", "latency_s", "app_cpu_s"]], role=REFERENCE, phase="measured")
    spent_s, cpu_s = (float(own[name].sum()) for name in ("latency_s", "app_cpu_s"))
    return spent_s > 0 and 1 - cpu_s / spent_s <= MAX_DISPLACED


def _waits(requests: pd.DataFrame) -> bool:
    """Return whether half of an endpoint's requests in one cell wait, in every round."""
    return bool((requests.groupby("round")["long"].mean() >= MIN_SHARE).all())


def _finding(name: str, method: str, requests: pd.DataFrame, cause: Cause) -> Finding:
    waiting = requests[requests["long"].to_numpy(bool)]
    wait_s, query_s = (float(waiting[column].median()) for column in ("wait_s", "query_time_s"))
    return Finding(
        "waits",
        "warning",
        f"Queries of {name} wait: {seconds(wait_s)} of {seconds(query_s)} without CPU, neither here nor in the database, in "
        f"{len(waiting):,} of {len(requests):,} requests{cause.clause}.",
        endpoint=name,
        method=method,
        factors=cause.factors,
        count=len(waiting),
        steps=plain(waiting[["round", "step"]].head(MAX_STEPS).to_dict("records")),
        example={"cell": cause.cell, "wait_s": wait_s, "query_time_s": query_s},
    )
