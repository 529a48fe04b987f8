"""The load test of a run as summary.json has it: a row for each cell, and a row for each pair of cells that is compared."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.capacity import bottleneck
from perflab.analysis.capacity.curve import from_windows
from perflab.analysis.capacity.estimate import (
    CellLoad,
    Question,
    interval,
    loads,
)
from perflab.analysis.capacity.outcomes import MAX_LAG_S, as_replayed, has_failed, is_late, lags
from perflab.run.cells import BASELINE, CANARY, OPTIMISED, TWIN, TWIN_OFF
from perflab.run.records import Estimate
from perflab.run.store import Run
from perflab.run.tables import rows_where
from perflab.run.tables.capacity import OVERLOAD, RECOVERY

Row = dict[str, Any]
# The cells that are compared, where both were loaded: the candidate, and its baseline.
PAIRS = ((OPTIMISED, BASELINE), (TWIN, OPTIMISED), (TWIN_OFF, BASELINE), (CANARY, OPTIMISED))
PERCENTILES = (50, 95, 99)
SERVER = ("server", "workers", "threads", "cores")


def ledger(run: Run, confidence: float = 0.95) -> list[Row]:
    """Return the rows of a run's load test; none where there was none.

    Costs about a second for each cell and round.

    Args:
        run: The run.
        confidence: Of the intervals.
    """
    server, windows, requests = run.meta.get("load"), run.capacity_windows, run.capacity_requests
    objective = (run.scenario.get("capacity") or {}).get("objective")
    if not server or not objective or not len(windows):
        return []
    within_s, late_share = float(objective["within_s"]), 1 - float(objective["percentile"]) / 100
    servers = {
        str(cell): {**server, **(server.get("cells") or {}).get(str(cell), {})} for cell in windows["cell"].unique()
    }
    questions = {
        cell: Question(within_s, late_share, int(own["workers"]) * int(own["threads"]), float(own["cores"]))
        for cell, own in servers.items()
    }
    cells = loads(windows, requests, questions, run.samples)
    think_s = float(run.scenario["capacity"]["think_s"])
    of_nothing = [
        _of_lagging(str(cell), windows, requests, servers[str(cell)], objective, think_s, within_s)
        for cell in windows["cell"].unique()
        if str(cell) not in cells
    ]
    rows = [
        _of_cell(cell, load, windows, requests, servers[cell], objective, think_s, confidence, run.samples)
        for cell, load in cells.items()
    ]
    rows += of_nothing
    return [*rows, *_pairs(cells, {row["cell"]: row for row in rows}, confidence)]


def _of_cell(
    cell: str,
    load: CellLoad,
    windows: pd.DataFrame,
    requests: pd.DataFrame,
    server: Mapping[str, Any],
    objective: Mapping[str, Any],
    think_s: float,
    confidence: float,
    samples: pd.DataFrame,
) -> Row:
    own, sent = rows_where(windows, cell=cell), rows_where(requests, cell=cell)
    rate = interval(load.pseudo_values, confidence, load.log_capacity)
    factor = load.factor(load.rounds)
    run = load.long_run(load.rounds)
    unseen = float((~as_replayed(load.requests, samples)).mean())
    least = load.pilot.late(load.question.within_s, factor)[0]
    response_s = run.mean_s(float(rate.estimate or 0.0), factor)
    failed = float(has_failed(load.requests).mean())
    alone = from_windows(load, confidence)
    used = bottleneck.resources(load.windows, load.requests, float(rate.estimate or 0.0), server)
    reason = None
    if least > load.question.late_share:
        quantile = float(np.quantile(load.requests["demand_s"], float(objective["percentile"]) / 100))
        reason = (
            f"No rate meets the objective: even a server at rest needs {quantile * factor:.3g} s for "
            f"{objective['percentile']:g}% of the requests."
        )
    elif failed > float(objective["errors"]):
        reason = f"{failed:.2%} of the requests failed, more than the objective's {float(objective['errors']):.2%}."
    elif unseen > float(objective["errors"]):
        reason = f"{unseen:.2%} of the responses had a status that the replay never saw from their endpoint."
    return {
        "cell": cell,
        "server": {name: server[name] for name in SERVER},
        "objective": dict(objective),
        "rate_per_s": rate.as_dict(),
        "users": _scaled(rate, think_s + response_s).as_dict(),
        "think_s": think_s,
        "response_s": response_s,
        "demand_s": float(load.requests["demand_s"].mean()),
        "ceiling_per_s": load.question.cores / float(load.requests["demand_s"].mean()),
        "factor": factor,
        "queue_per_s": load.capacity(load.rounds, 1.0),
        "windows_per_s": None if alone is None else alone.as_dict(),
        "windows": len(load.windows),
        "requests": len(load.requests),
        "rounds": len(load.rounds),
        "lagged": int((lags(sent) > MAX_LAG_S).sum()),
        "failed_share": failed,
        "resources": [{"name": each.name, "use": each.use} for each in used],
        "levels": _levels(own, sent, load.question.within_s),
        "overload": _overload(own, sent, load.question.within_s),
        "reason": reason,
    }


def _of_lagging(
    cell: str,
    windows: pd.DataFrame,
    requests: pd.DataFrame,
    server: Mapping[str, Any],
    objective: Mapping[str, Any],
    think_s: float,
    within_s: float,
) -> Row:
    """Return the row of a cell without a window that counts: the load generator gave out before the system did."""
    own, sent = rows_where(windows, cell=cell), rows_where(requests, cell=cell)
    busy = own["generator_cpu_s"].astype("float64") / own["seconds"].astype("float64")
    unknown = Estimate(None).as_dict()
    return {
        "cell": cell,
        "server": {name: server[name] for name in SERVER},
        "objective": dict(objective),
        "rate_per_s": unknown,
        "users": unknown,
        "think_s": think_s,
        **dict.fromkeys(("response_s", "demand_s", "ceiling_per_s", "factor", "queue_per_s", "windows_per_s")),
        "windows": 0,
        "requests": 0,
        "rounds": 0,
        "lagged": int((lags(sent) > MAX_LAG_S).sum()),
        "failed_share": float(has_failed(sent).mean()),
        "resources": [{"name": bottleneck.GENERATOR, "use": float(busy.max())}],
        "levels": _levels(own, sent, within_s),
        "overload": None,
        "reason": (
            "The load generator gave out first: in every window close to capacity it began with requests too late. The cell "
            f"serves at least {own['rate_per_s'].min():.3g} requests a second."
        ),
    }


def _scaled(estimate: Estimate, factor: float) -> Estimate:
    ends = (None if end is None else end * factor for end in (estimate.estimate, estimate.low, estimate.high))
    return Estimate(*ends)


def _levels(windows: pd.DataFrame, requests: pd.DataFrame, within_s: float) -> list[Row]:
    """Return what each window showed, the lowest rate first."""
    rows = []
    groups = dict(iter(requests.groupby(["round", "window"], sort=True)))
    for window in windows.sort_values("rate_per_s").to_dict("records"):
        own = groups.get((window["round"], window["window"]))
        if own is None:
            continue
        took = (own["last_byte_s"] - own["intended_s"]).to_numpy(np.float64)
        rows.append(
            {
                "round": window["round"], "window": window["window"], "kind": window["kind"],
                "rate_per_s": window["rate_per_s"], "requests": len(own), "late": float(is_late(own, within_s).mean()),
                "failed": float(has_failed(own).mean()), "served_s": _mean(own["served_s"]), "response_s": float(took.mean()),
                **{f"p{p}_s": float(np.quantile(took, p / 100)) if len(own) * (100 - p) >= 100 else None for p in PERCENTILES},
            }
        )  # fmt: skip
    return rows


def _mean(column: pd.Series) -> float | None:
    values = column.to_numpy(np.float64, na_value=np.nan)
    return float(np.nanmean(values)) if np.isfinite(values).any() else None


def _overload(windows: pd.DataFrame, requests: pd.DataFrame, within_s: float) -> Row | None:
    """Return what happened beyond capacity and how long the last responses took to come; None if not tried."""
    beyond, after = (rows_where(windows, kind=kind) for kind in (OVERLOAD, RECOVERY))
    if not len(beyond) or not len(after):
        return None
    over, later = (
        rows_where(requests, round=int(w["round"].iloc[0]), window=int(w["window"].iloc[0])) for w in (beyond, after)
    )
    if not len(over) or not len(later):
        return None
    return {
        "rate_per_s": float(beyond["rate_per_s"].iloc[0]),
        "requests": len(over),
        "late": float(is_late(over, within_s).mean()),
        "failed": float(has_failed(over).mean()),
        "drained_s": max(0.0, float(over["last_byte_s"].max() - over["intended_s"].max())),
        "late_after": float(is_late(later, within_s).mean()),
        "failed_after": float(has_failed(later).mean()),
    }


def _pairs(cells: Mapping[str, CellLoad], rows: Mapping[str, Row], confidence: float) -> list[Row]:
    result = []
    first, *others = cells or [""]
    further = [(cell, first) for cell in others if all(cell != candidate for candidate, _ in PAIRS)]
    for candidate, baseline in (*PAIRS, *further):
        if candidate not in cells or baseline not in cells:
            continue
        common = set(cells[candidate].rounds) & set(cells[baseline].rounds)
        if not common:
            continue
        ours, theirs = (cells[name].within(common) for name in (candidate, baseline))
        ratio = interval(ours.pseudo_values - theirs.pseudo_values, confidence, ours.log_capacity - theirs.log_capacity)
        staying = [math.log(rows[name]["think_s"] + rows[name]["response_s"]) for name in (candidate, baseline)]
        users = _scaled(ratio, math.exp(staying[0] - staying[1]))
        result.append(
            {"contrast": f"{candidate} / {baseline}", "ratio": ratio.as_dict(), "users_ratio": users.as_dict()}
        )
    return result
