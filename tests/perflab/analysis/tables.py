"""Small tables of samples, by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd


def samples_of(
    cells: Mapping[str, Sequence[Sequence[float | None]]], metric: str = "latency_s", **columns: Any
) -> pd.DataFrame:
    """Samples from {cell: [[values of round 1], [values of round 2], ...]}; the n-th value of a round is Step n."""
    rows = [
        {"round": number, "step": step, "cell": cell, metric: value}
        for cell, rounds in cells.items()
        for number, values in enumerate(rounds, start=1)
        for step, value in enumerate(values)
    ]
    table = pd.DataFrame(rows, columns=["round", "step", "cell", metric])
    table[metric] = table[metric].astype("float64")
    return table.assign(**columns)


def flat(value: float, rounds: int = 3, steps: int = 2) -> list[list[float]]:
    return [[value] * steps] * rounds
