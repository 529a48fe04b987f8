"""Cells: every combination of the factors' levels, and the control cells beside them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Role = Literal["treatment", "twin", "canary", "reference"]

BASELINE = "all_off"
OPTIMISED = "all_on"
TWIN = "twin"
CANARY = "canary"
REFERENCE = "reference"
CONTROLS = (TWIN, CANARY, REFERENCE)

# What a canary adds to every request, inside the clocks: the lab must be able to see it.
CANARY_SHARE = 0.05

# The cells of the index study beside all_on: without all indexes that could be dropped, and without one of the others.
WITHOUT_CANDIDATES = "pruned"
WITHOUT = "without-"


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of levels, or a control.

    `levels` has one bool per factor, in the scenario's order; the reference has none, for it runs no subject.
    """

    name: str
    role: Role
    levels: dict[str, bool]

    def is_on(self, factor: str) -> bool:
        return self.levels.get(factor, False)


def cell_name(levels: dict[str, bool]) -> str:
    """The names of the factors that are on, joined by `+`; `all_off` or `all_on` at the ends."""
    on = [name for name, level in levels.items() if level]
    if not on:
        return BASELINE
    if len(on) == len(levels):
        return OPTIMISED
    return "+".join(on)


def treatments(factors: Sequence[str]) -> list[Cell]:
    """All 2^k combinations, `all_off` first and `all_on` last."""
    cells = []
    for bits in itertools.product((False, True), repeat=len(factors)):
        levels = dict(zip(factors, bits, strict=True))
        cells.append(Cell(cell_name(levels), "treatment", levels))
    return cells


def controls(factors: Sequence[str]) -> list[Cell]:
    """Twin and canary, both with all factors on, and the reference."""
    all_on = dict.fromkeys(factors, True)
    return [Cell(TWIN, "twin", all_on), Cell(CANARY, "canary", all_on), Cell(REFERENCE, "reference", {})]


def cells_of(factors: Sequence[str]) -> list[Cell]:
    """Every cell of an experiment."""
    return treatments(factors) + controls(factors)
