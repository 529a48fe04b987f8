"""Memory that a process keeps for each request: its slope over the second half of a round, with an interval over rounds.

A process grows at first: modules are loaded late, caches and pools fill. What still grows in the second half of a round, in every
round, by so many bytes for each request, is kept for good.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.database.mistakes.cause import Cause, cause_of
from perflab.analysis.database.queries import optimised_cells
from perflab.analysis.stats.intervals import Interval, t_interval
from perflab.run.cells import CONTROLS
from perflab.run.records import Finding
from perflab.run.tables import rows_where
from perflab.units import size

# The class of these findings.
MEMORY_GROWTH = "memory_growth"
# The lower end of the interval has to exceed this: less is kept by the allocator of a process that starts.
MIN_KEPT_BYTES = 16 * 1024
# A round whose second half has fewer points, one at the end of each block, is looked at as a whole; a slope takes two.
MIN_BLOCKS, MIN_POINTS = 3, 2


def memory_growth(
    counters: pd.DataFrame, trace: pd.DataFrame, scenario: Mapping[str, Any], factors: Sequence[str]
) -> Iterator[Finding]:
    """Yield `memory_growth` if the process keeps memory for each request, with all factors on but the caches.

    A cache in the process's own memory grows as it should.

    Args:
        counters: What the servers and the system counted by block.
        trace: The run's Steps.
        scenario: The scenario as run.json keeps it.
        factors: The scenario's factors, in its order.
    """
    if "memory_bytes" not in counters.columns or not counters["memory_bytes"].notna().any():
        return
    slopes = kept(counters, trace)
    if slopes.empty:
        return
    interval = t_interval(slopes.to_numpy(np.float64))
    growing = [str(cell) for cell, low in zip(slopes.index, interval.low, strict=True) if low > MIN_KEPT_BYTES]
    cells = [cell for cell in growing if cell not in CONTROLS]
    uncached = optimised_cells(scenario, factors)[-1]
    if uncached in cells:
        yield _finding(list(slopes.index).index(uncached), interval, cause_of(cells, scenario, factors))


def kept(counters: pd.DataFrame, trace: pd.DataFrame) -> pd.DataFrame:
    """Return the bytes that each cell's process keeps for a request, by cell and round: the slope in a round's second half.

    In a short round it is that of the whole.

    Args:
        counters: What the servers and the system counted by block.
        trace: The run's Steps.
    """
    measured = rows_where(trace, phase="measured")
    slopes: dict[int, dict[str, float]] = {}
    for number in (int(number) for number in measured["round"].unique()):
        replayed = rows_where(measured, round=number).groupby("block").size().sort_index().cumsum()
        warm = rows_where(trace, round=number, phase="warmup")["block"].max()
        if pd.notna(warm):  # what it has when the first measured request begins
            replayed = pd.concat([pd.Series({int(warm): 0}), replayed])
        half = replayed[(replayed >= replayed.iloc[-1] / 2).to_numpy(bool)]
        half = half if len(half) >= MIN_BLOCKS else replayed
        of_round = rows_where(counters, round=number).dropna(subset=["memory_bytes"])
        for cell in map(str, of_round["cell"].unique()):
            own = rows_where(of_round, cell=cell).set_index("block")["memory_bytes"].reindex(half.index)
            is_known = own.notna().to_numpy(bool)
            if is_known.sum() >= MIN_POINTS:
                requests, memory = (column.to_numpy(np.float64, na_value=np.nan)[is_known] for column in (half, own))
                slopes.setdefault(number, {})[cell] = float(np.polyfit(requests, memory, 1)[0])
    return pd.DataFrame(slopes)


def _finding(place: int, interval: Interval, cause: Cause) -> Finding:
    mean, low, high = (float(values[place]) for values in (interval.mean, interval.low, interval.high))
    rounds = int(interval.rounds[place])
    return Finding(
        MEMORY_GROWTH,
        "warning",
        f"A process keeps {size(mean)} of memory for each request (95% interval {size(low)} to {size(high)}, {rounds} rounds)"
        f"{cause.clause}: it grows until it is restarted.",
        factors=cause.factors,
        count=rounds,
        example={"cell": cause.cell, "bytes": mean, "low": low, "high": high},
    )
