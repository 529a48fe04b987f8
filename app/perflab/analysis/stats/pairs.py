"""Samples as matrices: one row per Step, one column per cell, so that every comparison is paired by Step.

Building the index takes one pass over the table, each metric one more; a contrast reads two columns, which are contiguous.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from perflab.errors import InputError
from perflab.run.cells import REFERENCE
from perflab.run.columns import Columns, Samples
from perflab.run.metrics import SUMS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int32]


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

    @cached_property
    def inside(self) -> Bools:
        """Which Steps belong to a group."""
        return np.asarray(self.codes >= 0, dtype=bool)

    @cached_property
    def sizes(self) -> Ints:
        """The number of Steps of each group."""
        return np.bincount(self.codes[self.inside], minlength=len(self)).astype(np.int64)

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        """The labels of each group, by column."""
        return [{str(name): value for name, value in row.items()} for row in self.labels.to_dict("records")]


@dataclass(frozen=True)
class Pairs:
    """Samples arranged by Step and cell.

    `rows` are cells by Steps: the row of each sample, -1 where there is none. `failed` marks errors in the same way. `round_of`
    is each Step's round as a number from 0, `first_row` the first of its rows. `weights` are those of the scenario's endpoints;
    None where they are unknown, so that a mean is over the requests as they came. `keep` are metrics whose values are read once.
    """

    samples: Samples
    cells: tuple[str, ...]
    rows: Rows
    failed: Bools
    round_of: Ints
    first_row: Ints
    weights: Mapping[str, float] | None = None
    keep: frozenset[str] = frozenset()
    _of_steps: dict[str, pd.Series[Any]] = field(default_factory=dict, compare=False, repr=False)
    _matrices: dict[str, Floats] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(
        cls,
        samples: Samples | Pairs,
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
    def _arranged(cls, samples: Samples) -> Pairs:
        for column in ("round", "step", "cell"):
            _need(samples, column)
        cell_of, names = pd.factorize(samples["cell"], sort=True)
        cells = [str(name) for name in names]
        kept = np.arange(len(samples), dtype=np.int32)
        if REFERENCE in cells:
            place = cells.index(REFERENCE)
            del cells[place]
            kept = kept[cell_of != place]
            cell_of = cell_of[kept]
            cell_of -= cell_of > place
        number = samples["round"].to_numpy(np.int64)[kept] << 32
        number += samples["step"].to_numpy(np.int64)[kept]
        step_of, steps = pd.factorize(number, sort=True)  # hashes: a fifth of what sorting all samples takes
        del number
        rows = np.full((len(cells), len(steps)), -1, dtype=np.int32)
        rows[cell_of, step_of] = kept
        present = rows >= 0
        if np.count_nonzero(present) < len(kept):
            raise InputError("two samples have the same round, step and cell", hint="analyse one run at a time")
        failed = np.zeros(rows.shape, dtype=bool)
        if "error" in samples.columns and (has_error := samples["error"].notna().to_numpy(bool)).any():
            failed = has_error[rows] & present
        first = np.where(present, rows, len(samples)).min(axis=0, initial=len(samples))
        round_of = np.unique(steps >> 32, return_inverse=True)[1].astype(np.int64)
        return cls(samples, tuple(cells), rows, failed, round_of, first.astype(np.int64))

    def where(self, wanted: Bools) -> Pairs:
        """Select Steps by a mask. Cells without a sample among them stay, as columns of unknown values."""
        return replace(
            self,
            rows=np.compress(wanted, self.rows, axis=1),
            failed=np.compress(wanted, self.failed, axis=1),
            round_of=np.unique(self.round_of[wanted], return_inverse=True)[1].astype(np.int64),
            first_row=self.first_row[wanted],
            keep=frozenset(),
            _matrices={},
            _of_steps={name: column[wanted].reset_index(drop=True) for name, column in self._of_steps.items()},
        )

    def of_cells(self, names: Sequence[str]) -> Pairs:
        """Select cells, so that a matrix has a column for each of these, in the order of the others."""
        places = [place for place, cell in enumerate(self.cells) if cell in names]
        cells = tuple(self.cells[place] for place in places)
        rows, failed = self.rows[places], self.failed[places]
        return replace(self, cells=cells, rows=rows, failed=failed, keep=frozenset(), _matrices={})

    def keeping(self, metrics: Sequence[str]) -> Pairs:
        """Return the same samples, of which the values of these metrics are read once and kept: nobody may change them."""
        return replace(self, keep=frozenset(metrics), _matrices={})

    def at(self, other: Pairs) -> Bools:
        """Return which of these Steps the other samples have as well: the same round, step and endpoint."""
        here, there = (
            pd.MultiIndex.from_arrays([side.of_steps(key) for key in ("round", "step", "endpoint")])
            for side in (self, other)
        )
        return np.asarray(here.isin(there), dtype=bool)

    def of_steps(self, column: str) -> pd.Series[Any]:
        """Return a column that is the same in all cells, one value per Step."""
        if column not in self._of_steps:
            _need(self.samples, column)
            self._of_steps[column] = self.samples[column].iloc[self.first_row].reset_index(drop=True)
        return self._of_steps[column]

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
        return frozenset(name for name, rows in zip(self.cells, self.rows, strict=True) if (rows >= 0).any())

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
        if metric not in self.keep:
            return self._values(metric)
        if metric not in self._matrices:
            self._matrices[metric] = self._values(metric)
            self._matrices[metric].flags.writeable = False
        return self._matrices[metric]

    def _values(self, metric: str) -> Floats:
        if metric in SUMS:
            first, second, *others = SUMS[metric]
            total = self.values(first) + self.values(second)
            for part in others:
                total += self.values(part)
            return total
        _need(self.samples, metric)
        try:
            if isinstance(self.samples, Columns):
                numbers = self.samples.numbers(metric)
            else:
                numbers = self.samples[metric].to_numpy(dtype=np.float64, na_value=np.nan)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"the column {metric!r} does not contain numbers", hint="choose a measured column"
            ) from error
        matrix = self._matrix(numbers)
        matrix[self.failed | (self.rows < 0) | np.isinf(matrix)] = np.nan
        return matrix.T

    def codes(self, column: str) -> Ints:
        """Return a column of text as a matrix of numbers, equal where the texts are; -1 where unknown or not sampled."""
        if isinstance(self.samples, Columns):
            matrix = self._matrix(self.samples.codes(column))
        else:
            matrix = self._matrix(pd.factorize(self.samples[column])[0])
        matrix[self.rows < 0] = -1
        return matrix.T.astype(np.int64)

    def coded(self, column: str) -> tuple[npt.NDArray[Any], dict[str, int]]:
        """Return a column of few texts as a matrix of numbers, -1 where unknown or not sampled, and the number of each text."""
        texts = self.samples[column].astype("category").cat
        matrix = self._matrix(texts.codes.to_numpy())
        matrix[self.rows < 0] = -1
        return matrix.T, {str(text): code for code, text in enumerate(texts.categories)}

    def _matrix(self, values: np.ndarray[tuple[int], np.dtype[Any]]) -> np.ndarray[tuple[int, int], np.dtype[Any]]:
        """Return the values of the samples, cells by Steps; any value where there is none."""
        matrix = np.empty(self.rows.shape, dtype=values.dtype)
        for own, rows in zip(matrix, self.rows, strict=True):
            np.take(values, rows, out=own, mode="wrap")
        return matrix

    def present(self) -> Bools:
        """Return where there is a sample, as a matrix of Steps by cells."""
        return np.asarray((self.rows >= 0).T, dtype=bool)

    def failures(self) -> Bools:
        """Return where a request failed, as a matrix of Steps by cells; False where there is no sample."""
        return self.failed.T

    def groups(self, by: Sequence[str]) -> Groups:
        """Group Steps by columns that are the same in all cells; without any, all are one group."""
        if not by:
            return Groups(np.zeros(self.steps, dtype=np.int64), pd.DataFrame(index=range(min(self.steps, 1))))
        labels = pd.DataFrame({column: self.of_steps(column) for column in by})
        codes = labels.groupby(list(by), sort=True, dropna=False, observed=True).ngroup().to_numpy(np.int64)
        first = np.unique(codes, return_index=True)[1]
        return Groups(codes.astype(np.int64), labels.iloc[first].reset_index(drop=True))


def _need(samples: Samples, column: str) -> None:
    if column not in samples.columns:
        raise InputError(
            f"samples have no column {column!r}",
            hint="pass the samples of a run, or choose one of their columns",
        )
