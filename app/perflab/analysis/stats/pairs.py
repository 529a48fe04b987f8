"""Samples as matrices: one row per Step, one column per cell, so that every comparison is paired by Step.

Building the index takes one pass over the table (0.3 s for a million rows), each metric one more; a contrast reads two columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from perflab.errors import InputError
from perflab.run.cells import REFERENCE
from perflab.run.metrics import SUMS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Groups:
    """Which group each Step belongs to, -1 for none. `labels` has one row per group, one column per `by`.

    `family`: whether the groups are one family of comparisons, or each a comparison of its own.
    """

    codes: Ints
    labels: pd.DataFrame
    family: bool = True

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Pairs:
    """Samples arranged by Step and cell.

    `kept` are the rows of `samples` that count; `step_of` and `cell_of` are the place of each in the matrix, and `failed` marks
    errors. `round_of` is each Step's round as a number from 0, `first_row` one of its rows in `samples`. `weights` are those of
    the scenario's endpoints; None where they are unknown, so that a mean is over the requests as they came.
    """

    samples: pd.DataFrame
    cells: tuple[str, ...]
    kept: Ints
    step_of: Ints
    cell_of: Ints
    failed: Bools
    round_of: Ints
    first_row: Ints
    weights: Mapping[str, float] | None = None

    @classmethod
    def of(
        cls,
        samples: pd.DataFrame | Pairs,
        *,
        measured_only: bool = True,
        endpoints: Sequence[str] | None = None,
        weights: Mapping[str, float] | None = None,
    ) -> Pairs:
        """Arrange samples, or select from arranged ones. Calibration requests are left out: they replay no Step.

        Args:
            samples: The samples, or what this method returned for them.
            measured_only: Whether to leave out warm-up and checks.
            endpoints: Limit the Steps to these endpoints; None is all of them.
            weights: The share of the traffic that each endpoint is, on any scale; None leaves what the samples have.

        Raises:
            InputError: Where a column of the key is missing or the key is not unique.
        """
        pairs = samples if isinstance(samples, Pairs) else cls._arranged(samples)
        pairs = pairs if weights is None else replace(pairs, weights=weights)
        wanted = np.ones(pairs.steps, dtype=bool)
        if measured_only and "phase" in pairs.samples.columns:
            wanted &= (pairs.of_steps("phase") == "measured").to_numpy(bool, na_value=False)
        if endpoints is not None:
            wanted &= pairs.of_steps("endpoint").isin(list(endpoints)).to_numpy(bool, na_value=False)
        return pairs if wanted.all() else pairs.where(wanted)

    @classmethod
    def _arranged(cls, samples: pd.DataFrame) -> Pairs:
        for column in ("round", "step", "cell"):
            _need(samples, column)
        cell_of, names = pd.factorize(samples["cell"], sort=True)
        cells = [str(name) for name in names]
        kept = np.flatnonzero(cell_of != cells.index(REFERENCE)) if REFERENCE in cells else np.arange(len(samples))
        if REFERENCE in cells:
            place = cells.index(REFERENCE)
            del cells[place]
            cell_of = np.where(cell_of > place, cell_of - 1, cell_of)
        cell_of = cell_of[kept].astype(np.int64)

        number = (samples["round"].to_numpy(np.int64) * (1 << 32) + samples["step"].to_numpy(np.int64))[kept]
        step_of, steps = pd.factorize(number, sort=True)  # hashes: a fifth of what sorting all samples takes
        first = np.empty(len(steps), dtype=np.int64)
        first[step_of[::-1]] = np.arange(len(step_of))[::-1]
        pair_of = step_of * max(len(cells), 1) + cell_of
        if len(pair_of) and int(np.bincount(pair_of).max()) > 1:
            raise InputError("two samples have the same round, step and cell", hint="analyse one run at a time")
        failed = np.zeros(len(kept), dtype=bool)
        if "error" in samples.columns:
            failed = samples["error"].notna().to_numpy(bool)[kept]
        round_of = np.unique(steps >> 32, return_inverse=True)[1].astype(np.int64)
        return cls(samples, tuple(cells), kept, step_of.astype(np.int64), cell_of, failed, round_of, kept[first])

    def where(self, wanted: Bools) -> Pairs:
        """Select Steps by a mask. Cells without a sample among them stay, as columns of unknown values."""
        rows = wanted[self.step_of]
        step_of = (np.cumsum(wanted) - 1)[self.step_of[rows]]
        round_of = np.unique(self.round_of[wanted], return_inverse=True)[1].astype(np.int64)
        return replace(
            self,
            kept=self.kept[rows],
            step_of=step_of,
            cell_of=self.cell_of[rows],
            failed=self.failed[rows],
            round_of=round_of,
            first_row=self.first_row[wanted],
        )

    def at(self, other: Pairs) -> Bools:
        """Return which of these Steps the other samples have as well: the same round, step and endpoint."""
        keys = ["round", "step", "endpoint"]
        here, there = (pd.MultiIndex.from_frame(side.samples[keys].iloc[side.first_row]) for side in (self, other))
        return np.asarray(here.isin(there), dtype=bool)

    def of_steps(self, column: str) -> pd.Series[Any]:
        """Return a column that is the same in all cells, one value per Step."""
        _need(self.samples, column)
        return self.samples[column].iloc[self.first_row].reset_index(drop=True)

    def endpoint_weights(self) -> tuple[Floats | None, Ints]:
        """Return the weight of each endpoint, and the number of each Step's endpoint.

        The weights are None where they are unknown, of any of the endpoints or of all.
        """
        if self.weights is None or "endpoint" not in self.samples.columns or not self.steps:
            return None, np.zeros(0, dtype=np.int64)
        codes, names = pd.factorize(self.of_steps("endpoint"))
        if (codes < 0).any() or not set(names) <= set(self.weights):
            return None, codes.astype(np.int64)
        return np.array([self.weights[name] for name in names], dtype=np.float64), codes.astype(np.int64)

    def has(self, cell: str) -> bool:
        """Return whether any sample among these Steps is of that cell."""
        return cell in self._sampled

    @cached_property
    def _sampled(self) -> frozenset[str]:
        sizes = np.bincount(self.cell_of, minlength=len(self.cells))
        return frozenset(name for name, size in zip(self.cells, sizes, strict=True) if size)

    @property
    def steps(self) -> int:
        """The number of Steps."""
        return len(self.round_of)

    @property
    def rounds(self) -> int:
        """The number of rounds."""
        return int(self.round_of.max()) + 1 if self.steps else 0

    def column(self, cell: str) -> int | None:
        """Return the matrix column of a cell; None where no sample is of that cell."""
        return self.cells.index(cell) if cell in self.cells else None

    def measures(self, metric: str) -> bool:
        """Return whether the samples have this metric, or all columns that it is the sum of."""
        return set(SUMS.get(metric, (metric,))) <= set(self.samples.columns)

    def values(self, metric: str) -> Floats:
        """Return a metric as a matrix, Steps by cells; NaN where there is no sample, no value or an error.

        Raises InputError where there is no such column, or it does not hold numbers.
        """
        if metric in SUMS:
            return np.asarray(sum(self.values(part) for part in SUMS[metric]), dtype=np.float64)
        _need(self.samples, metric)
        matrix = np.full((self.steps, len(self.cells)), np.nan)
        try:
            numbers = self.samples[metric].to_numpy(dtype=np.float64, na_value=np.nan)[self.kept]
        except (TypeError, ValueError) as error:
            raise InputError(
                f"the column {metric!r} does not contain numbers", hint="choose a measured column"
            ) from error
        numbers[self.failed | ~np.isfinite(numbers)] = np.nan
        matrix[self.step_of, self.cell_of] = numbers
        return matrix

    def codes(self, column: str) -> Ints:
        """Return a column of text as a matrix of numbers, equal where the texts are; -1 where unknown or not sampled."""
        matrix = np.full((self.steps, len(self.cells)), -1, dtype=np.int64)
        matrix[self.step_of, self.cell_of] = pd.factorize(self.samples[column])[0][self.kept]
        return matrix

    def equal(self, column: str, value: str) -> Bools:
        """Return where a column of text has this value, as a matrix; False where unknown or not sampled."""
        matrix = np.zeros((self.steps, len(self.cells)), dtype=bool)
        matrix[self.step_of, self.cell_of] = (self.samples[column] == value).to_numpy(bool, na_value=False)[self.kept]
        return matrix

    def present(self) -> Bools:
        """Return where there is a sample, as a matrix of Steps by cells."""
        matrix = np.zeros((self.steps, len(self.cells)), dtype=bool)
        matrix[self.step_of, self.cell_of] = True
        return matrix

    def failures(self) -> Bools:
        """Return where a request failed, as a matrix of Steps by cells; False where there is no sample."""
        matrix = np.zeros((self.steps, len(self.cells)), dtype=bool)
        matrix[self.step_of, self.cell_of] = self.failed
        return matrix

    def groups(self, by: Sequence[str]) -> Groups:
        """Group Steps by columns that are the same in all cells; without any, all are one group."""
        if not by:
            return Groups(np.zeros(self.steps, dtype=np.int64), pd.DataFrame(index=range(min(self.steps, 1))))
        labels = pd.DataFrame({column: self.of_steps(column) for column in by})
        codes = labels.groupby(list(by), sort=True, dropna=False, observed=True).ngroup().to_numpy(np.int64)
        first = np.unique(codes, return_index=True)[1]
        return Groups(codes.astype(np.int64), labels.iloc[first].reset_index(drop=True))


def _need(samples: pd.DataFrame, column: str) -> None:
    if column not in samples.columns:
        raise InputError(
            f"samples have no column {column!r}",
            hint="pass the samples of a run, or choose one of their columns",
        )
