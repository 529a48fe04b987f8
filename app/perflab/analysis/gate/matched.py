"""The Steps that two runs have in common: the same request at the same place of the same round's trace.

The same seed makes the same data and the same traffic, so that two runs can be compared request by request, and how much
the traffic varies drops out. How far each got in its time differs, so that one may have Steps that the other has not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from perflab.analysis.gate.comparability import unlike_data
from perflab.analysis.stats.pairs import Floats, Ints, Pairs
from perflab.analysis.stats.statistics import mean
from perflab.run.cells import REFERENCE
from perflab.run.tables import rows_where

if TYPE_CHECKING:
    from perflab.run.store import Run

PLACE = ["round", "step"]
REQUEST = ["endpoint", "method", "path", "body", "user"]


@dataclass(frozen=True)
class Side:
    """One of both runs, seen through the common Steps: `places` and `blocks` are theirs, in one order for both sides."""

    pairs: Pairs
    places: Ints
    rounds: Ints
    blocks: Ints
    measured: int

    def values(self, cell: str, metric: str) -> Floats:
        """A metric of a cell, one value per common Step; NaN where it is unknown or the request failed."""
        found = np.full(len(self.places), np.nan)
        column = self.pairs.column(cell)
        if column is None or not self.pairs.measures(metric) or not self.pairs.steps:
            return found
        own = _places(self.pairs.of_steps("round"), self.pairs.of_steps("step"))  # in order, as Pairs sorts them
        at = np.minimum(np.searchsorted(own, self.places), len(own) - 1)
        known = own[at] == self.places
        found[known] = self.pairs.values(metric)[at[known], column]
        return found

    def per_round(self, values: Floats, size: int) -> Floats:
        """The mean of values of common Steps in each of `size` rounds; NaN for a round without any."""
        known = np.isfinite(values)
        return mean(values[known], self.rounds[known], size)

    def reference(self, metric: str, size: int) -> Floats:
        """The mean of the reference request per round, in the blocks of the common Steps; NaN where there is none."""
        samples = self.pairs.samples
        rows = rows_where(samples, cell=REFERENCE)
        if "error" in rows.columns:
            rows = rows[rows["error"].isna().to_numpy(bool)]
        place = _places(rows["round"], rows["block"])
        blocks, first = np.unique(self.blocks, return_index=True)
        if not len(place) or not len(blocks):
            return np.full(size, np.nan)
        at = np.minimum(np.searchsorted(blocks, place), len(blocks) - 1)
        values = rows[metric].to_numpy(np.float64, na_value=np.nan)
        wanted = (blocks[at] == place) & np.isfinite(values)
        return mean(values[wanted], self.rounds[first][at[wanted]], size)


@dataclass(frozen=True)
class Common:
    """Two runs through their common Steps. `why` says, where there is none, what keeps them apart."""

    new: Side
    old: Side
    endpoints: npt.NDArray[np.object_]
    size: int
    why: str | None = field(default=None)

    def __len__(self) -> int:
        return len(self.endpoints)

    @classmethod
    def of(cls, run: Run, baseline: Run, pairs: Pairs, before: Pairs) -> Common:
        """Find them by the traces; `pairs` and `before` are the runs' samples as arranged.

        Only what both measured, not the warm-up. Costs one join of the two traces.
        """
        new, old = _measured(run.trace), _measured(baseline.trace)
        other_data = unlike_data(run, baseline)
        rows = new.merge(old, on=[*PLACE, *REQUEST], suffixes=("_new", "_old")).sort_values(PLACE, ignore_index=True)
        if other_data is not None:
            rows = rows.iloc[:0]
        numbers, rounds = np.unique(rows["round"].to_numpy(np.int64), return_inverse=True)
        place = _places(rows["round"], rows["step"])
        sides = [
            Side(found, place, rounds.astype(np.int64), _places(rows["round"], rows[f"block_{which}"]), len(trace))
            for found, which, trace in ((pairs, "new", new), (before, "old", old))
        ]
        why = None if len(rows) else _why(other_data, len(new), len(old))
        return cls(sides[0], sides[1], rows["endpoint"].to_numpy(object), len(numbers), why)


def _why(other_data: str | None, new: int, old: int) -> str:
    if other_data is not None:
        return f"the runs have no data and so no request in common ({other_data})"
    if not new or not old:
        return f"{'the run' if not new else 'the baseline'} has no trace"
    return "no request is the same in both: seed, profile or traffic differ"


def _measured(trace: pd.DataFrame) -> pd.DataFrame:
    return trace.loc[(trace["phase"] == "measured").to_numpy(bool, na_value=False), [*PLACE, "block", *REQUEST]]


def _places(rounds: pd.Series[Any], numbers: pd.Series[Any]) -> Ints:
    """Round and step, or round and block, as one number that sorts as they do."""
    return np.asarray(rounds.to_numpy(np.int64) * (1 << 32) + numbers.to_numpy(np.int64), dtype=np.int64)
