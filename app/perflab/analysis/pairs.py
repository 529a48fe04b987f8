"""Samples as matrices: one row per Step, one column per cell, so that every comparison is paired by Step.

Building the index costs one pass over the table (0.3 s for a million rows); each metric then costs one more, and a
contrast only reads two columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from perflab.analysis.names import REFERENCE
from perflab.errors import InputError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Groups:
    """Which group each Step belongs to. `labels` has one row per group, one column per `by`."""

    codes: Ints
    labels: pd.DataFrame

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Pairs:
    """Samples arranged by Step and cell.

    `rows` are the samples that count, `step_of` and `cell_of` say where each belongs, `failed` which were errors.
    `round_of` has each Step's round as a number from 0.
    """

    rows: pd.DataFrame
    cells: tuple[str, ...]
    step_of: Ints
    cell_of: Ints
    failed: Bools
    round_of: Ints
    first_row: Ints

    @classmethod
    def of(
        cls, samples: pd.DataFrame, *, measured_only: bool = True, endpoints: Sequence[str] | None = None
    ) -> Pairs:
        """Arrange samples. The reference's rows stay out, for it replays no Step.

        `endpoints` limits them to some endpoints. Raises InputError where a column of the key is missing or the key
        is not unique.
        """
        key = ("round", "step", "cell") if endpoints is None else ("round", "step", "cell", "endpoint")
        missing = [c for c in key if c not in samples.columns]
        if missing:
            raise InputError(f"samples have no column {missing[0]!r}", hint=f"this needs {', '.join(key)}")
        keep = np.ones(len(samples), dtype=bool)
        if measured_only and "phase" in samples.columns:
            keep &= (samples["phase"] == "measured").to_numpy(bool, na_value=False)
        if "role" in samples.columns:
            keep &= (samples["role"] != REFERENCE).to_numpy(bool, na_value=True)
        keep &= (samples["cell"] != REFERENCE).to_numpy(bool, na_value=False)
        if endpoints is not None:
            keep &= samples["endpoint"].isin(list(endpoints)).to_numpy(bool, na_value=False)
        rows = samples if keep.all() else samples[keep]

        cell_of, cells = pd.factorize(rows["cell"], sort=True)
        number = rows["round"].to_numpy(np.int64) * (1 << 32) + rows["step"].to_numpy(np.int64)
        steps, first_row, step_of = np.unique(number, return_index=True, return_inverse=True)
        pair_of = step_of * max(len(cells), 1) + cell_of
        if len(np.unique(pair_of)) != len(pair_of):
            raise InputError(
                "two samples have the same round, step and cell", hint="analyse one run at a time"
            )
        round_of = np.unique(steps >> 32, return_inverse=True)[1]
        failed = (
            rows["error"].notna().to_numpy(bool)
            if "error" in rows.columns
            else np.zeros(len(rows), dtype=bool)
        )
        return cls(
            rows,
            tuple(str(cell) for cell in cells),
            step_of.astype(np.int64),
            cell_of.astype(np.int64),
            failed,
            round_of.astype(np.int64),
            first_row.astype(np.int64),
        )

    @property
    def steps(self) -> int:
        return len(self.round_of)

    @property
    def rounds(self) -> int:
        return int(self.round_of.max()) + 1 if self.steps else 0

    def column(self, cell: str) -> int | None:
        """The matrix column of a cell; None where no sample is of that cell."""
        return self.cells.index(cell) if cell in self.cells else None

    def values(self, metric: str) -> Floats:
        """A metric as a matrix, Steps by cells; NaN where there is no sample, no value or an error."""
        if metric not in self.rows.columns:
            raise InputError(f"samples have no column {metric!r}", hint="a metric is a column of numbers")
        matrix = np.full((self.steps, len(self.cells)), np.nan)
        try:
            numbers = self.rows[metric].to_numpy(dtype=np.float64, na_value=np.nan).copy()
        except (TypeError, ValueError) as error:
            raise InputError(
                f"the column {metric!r} is not numbers", hint="choose one that is measured"
            ) from error
        numbers[self.failed | ~np.isfinite(numbers)] = np.nan
        matrix[self.step_of, self.cell_of] = numbers
        return matrix

    def codes(self, column: str) -> Ints:
        """A column of text as a matrix of numbers, equal where the texts are; -1 where unknown."""
        matrix = np.full((self.steps, len(self.cells)), -1, dtype=np.int64)
        matrix[self.step_of, self.cell_of] = pd.factorize(self.rows[column])[0]
        return matrix

    def groups(self, by: Sequence[str]) -> Groups:
        """Group Steps by columns that are the same in all cells; without any, all are one group."""
        if not by:
            return Groups(np.zeros(self.steps, dtype=np.int64), pd.DataFrame(index=range(min(self.steps, 1))))
        absent = [c for c in by if c not in self.rows.columns]
        if absent:
            raise InputError(
                f"samples have no column {absent[0]!r}", hint="group by a column such as endpoint"
            )
        labels = self.rows[list(by)].iloc[self.first_row].reset_index(drop=True)
        codes = labels.groupby(list(by), sort=True, dropna=False, observed=True).ngroup().to_numpy(np.int64)
        first = np.unique(codes, return_index=True)[1]
        return Groups(codes.astype(np.int64), labels.iloc[first].reset_index(drop=True))
