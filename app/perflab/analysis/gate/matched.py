"""Matched requests: the same request at the same place of the same round's trace of two runs.

The same seed makes the same data and the same traffic, so that two runs can be compared request by request, and the variation
of the traffic cancels. Each replays as many Steps as its time allows, so that one may have Steps that the other lacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from perflab.analysis.gate.comparability import data_difference
from perflab.analysis.stats.pairs import Floats, Ints, Pairs
from perflab.analysis.stats.statistics import mean
from perflab.run.cells import REFERENCE
from perflab.run.tables import rows_where

if TYPE_CHECKING:
    from perflab.run.store import Run

PLACE = ["round", "step"]
REQUEST = ["endpoint", "method", "path", "body", "user"]


@dataclass(frozen=True)
class MatchedSide:
    """One of two runs, restricted to the matched Steps.

    Attributes:
        pairs: The run's requests.
        places: Round and step of each matched Step, as one number, in the same order on both sides.
        rounds: The round of each, counted from 0.
        blocks: Round and block of each, as one number.
        measured: How many measured Steps the run's trace has.
    """

    pairs: Pairs
    places: Ints
    rounds: Ints
    blocks: Ints
    measured: int

    def matrix(self, cells: Sequence[str], metric: str) -> Floats:
        """Return a metric, matched Steps by cells; NaN where it is unknown or the request failed.

        Args:
            cells: The cells, one column each; a cell that the run lacks is a column of NaN.
            metric: A column of the samples.
        """
        matched = np.full((len(self.places), len(cells)), np.nan)
        if not self.pairs.measures(metric) or not self.pairs.steps:
            return matched
        own = _places(self.pairs.of_steps("round"), self.pairs.of_steps("step"))  # in order, as Pairs sorts them
        at = np.minimum(np.searchsorted(own, self.places), len(own) - 1)
        has_step = own[at] == self.places
        values = self.pairs.values(metric)
        for place, cell in enumerate(cells):
            column = self.pairs.column(cell)
            if column is not None:
                matched[has_step, place] = values[at[has_step], column]
        return matched

    def values(self, cell: str, metric: str) -> Floats:
        """Return a metric of one cell, one value per matched Step; NaN where it is unknown or the request failed."""
        return self.matrix([cell], metric)[:, 0]

    def per_round(self, values: Floats, size: int) -> Floats:
        """Return the mean of values of matched Steps in each of `size` rounds; NaN for a round without any."""
        finite = np.isfinite(values)
        return mean(values[finite], self.rounds[finite], size)

    def reference(self, metric: str, size: int) -> tuple[Floats, Floats]:
        """Return the calibration request's mean in each of `size` rounds, over the matched blocks, and its relative variance.

        NaN where there is none; the variance of the mean is NaN for a single request, too.

        Args:
            metric: A column of the samples.
            size: The number of rounds.
        """
        samples = self.pairs.samples
        wanted = [name for name in ("round", "block", "cell", "error", metric) if name in samples.columns]
        rows = rows_where(samples[wanted], cell=REFERENCE)
        if "error" in rows.columns:
            rows = rows[rows["error"].isna().to_numpy(bool)]
        place = _places(rows["round"], rows["block"])
        blocks, first = np.unique(self.blocks, return_index=True)
        if not len(place) or not len(blocks) or metric not in rows.columns:
            return np.full(size, np.nan), np.full(size, np.nan)
        at = np.minimum(np.searchsorted(blocks, place), len(blocks) - 1)
        values = rows[metric].to_numpy(np.float64, na_value=np.nan)
        matched = (blocks[at] == place) & np.isfinite(values)
        values, rounds = values[matched], self.rounds[first][at[matched]]
        n = np.bincount(rounds, minlength=size)
        of_rounds = mean(values, rounds, size)
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = np.bincount(rounds, ((values / of_rounds[rounds]) - 1) ** 2, minlength=size) / (n - 1) / n
        return of_rounds, np.where(n > 1, spread, np.nan)


@dataclass(frozen=True)
class MatchedRequests:
    """Two runs, restricted to their matched Steps.

    Attributes:
        new: The run.
        old: The baseline.
        endpoints: The endpoint of each matched Step.
        size: How many rounds have one.
        why: If there are no matched Steps, the reason.
    """

    new: MatchedSide
    old: MatchedSide
    endpoints: npt.NDArray[np.object_]
    size: int
    why: str | None = field(default=None)

    def __len__(self) -> int:
        return len(self.endpoints)

    @property
    def cells(self) -> list[str]:
        """The cells that both runs have, without the calibration request's."""
        return [cell for cell in self.new.pairs.cells if cell in self.old.pairs.cells]

    @classmethod
    def of(cls, run: Run, baseline: Run, pairs: Pairs, before: Pairs) -> MatchedRequests:
        """Match two runs by their traces, without the warm-up. Costs one join of the traces.

        Args:
            run: The run.
            baseline: The run that it is compared with.
            pairs: The run's requests.
            before: The baseline's requests.
        """
        new, old = _measured(run.trace), _measured(baseline.trace)
        other_data = data_difference(run, baseline)
        rows = new.merge(old, on=[*PLACE, *REQUEST], suffixes=("_new", "_old")).sort_values(PLACE, ignore_index=True)
        if other_data is not None:
            rows = rows.iloc[:0]
        numbers, rounds = np.unique(rows["round"].to_numpy(np.int64), return_inverse=True)
        place = _places(rows["round"], rows["step"])
        sides = [
            MatchedSide(
                side, place, rounds.astype(np.int64), _places(rows["round"], rows[f"block_{which}"]), len(trace)
            )
            for side, which, trace in ((pairs, "new", new), (before, "old", old))
        ]
        why = None if len(rows) else _why(other_data, len(new), len(old))
        return cls(sides[0], sides[1], rows["endpoint"].to_numpy(object), len(numbers), why)


def _why(other_data: str | None, new: int, old: int) -> str:
    if other_data is not None:
        return f"the runs have different data ({other_data})"
    if not new or not old:
        return f"{'the run' if not new else 'the baseline'} has no trace"
    return "no request is the same in both: seed, profile or traffic differ"


def _measured(trace: pd.DataFrame) -> pd.DataFrame:
    return trace.loc[(trace["phase"] == "measured").to_numpy(bool, na_value=False), [*PLACE, "block", *REQUEST]]


def _places(rounds: pd.Series[Any], numbers: pd.Series[Any]) -> Ints:
    """Return round and step, or round and block, as one number that sorts as they do."""
    return np.asarray(rounds.to_numpy(np.int64) * (1 << 32) + numbers.to_numpy(np.int64), dtype=np.int64)
