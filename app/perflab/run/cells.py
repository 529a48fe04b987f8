"""Cells: every combination of the factors' levels, and the controls beside them.

Also which cells are compared, and the groups of requests that an effect can be about. Saved runs contain their names.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Role = Literal["treatment", "twin", "twin_off", "canary", "reference"]

BASELINE = "all_off"
OPTIMISED = "all_on"
TWIN = "twin"
TWIN_OFF = "twin_off"  # runs from before there was an A/A control of the baseline lack it
CANARY = "canary"
REFERENCE = "reference"
CONTROL_TITLES = {
    TWIN: "A/A control",
    TWIN_OFF: "A/A control",
    CANARY: "positive control",
    REFERENCE: "calibration request",
}
CONTROLS = tuple(CONTROL_TITLES)

# What the positive control adds to every request, inside the clocks: the run must detect it.
CANARY_SHARE = 0.05

# The cells of the index study beside all_on: without all indexes that could be dropped, and without one of the others.
WITHOUT_CANDIDATES = "pruned"
WITHOUT = "without-"

# What the column `endpoint` of an effect may hold other than an endpoint: a mean over a mix misleads, so the mix is split.
ALL = "ALL"
GEOMEAN = "GEOMEAN"  # the geometric mean of the endpoints' ratios: all have the same weight
READS, WRITES = "READS", "WRITES"
HITS, MISSES = "HITS", "MISSES"  # by whether the cache had the response, with everything on
COLD, WARM = "COLD", "WARM"  # before and after the first minute with empty caches
MIX = (GEOMEAN, READS, WRITES, HITS, MISSES, COLD, WARM)


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of levels, or a control.

    `levels` has one bool per factor, in the scenario's order; the calibration request has none: it runs no subject.
    """

    name: str
    role: Role
    levels: dict[str, bool]

    def is_on(self, factor: str) -> bool:
        """Return whether a factor is on; a factor that the cell does not have is off."""
        return self.levels.get(factor, False)


def cell_of(on: Collection[str], factors: Sequence[str]) -> str:
    """Return the name of the cell in which only these factors are on: joined by `+`, in the scenario's order."""
    switched_on = [factor for factor in factors if factor in on]
    if not switched_on:
        return BASELINE
    return OPTIMISED if len(switched_on) == len(factors) else "+".join(switched_on)


def cell_name(levels: Mapping[str, bool]) -> str:
    """Return the name of the cell with these levels, one per factor."""
    return cell_of([factor for factor, is_on in levels.items() if is_on], list(levels))


def everything_on(factors: Sequence[str]) -> str:
    """Return the name of the cell with all factors on; without factors, that of the only cell."""
    return cell_of(factors, factors)


def treatments(factors: Sequence[str]) -> list[Cell]:
    """Return all 2^k combinations, `all_off` first and `all_on` last; without factors, the project as it is, `all_off`."""
    cells = []
    for bits in itertools.product((False, True), repeat=len(factors)):
        levels = dict(zip(factors, bits, strict=True))
        cells.append(Cell(cell_name(levels), "treatment", levels))
    return cells


def controls(factors: Sequence[str]) -> list[Cell]:
    """Return an A/A control of each end, the positive control with all factors on, and the calibration request.

    Without factors nothing is compared: an A/A control shows noise and what varies by itself, and there is no positive one.
    """
    all_off, all_on = dict.fromkeys(factors, False), dict.fromkeys(factors, True)
    if not factors:
        return [Cell(TWIN_OFF, "twin_off", all_off), Cell(REFERENCE, "reference", {})]
    return [
        Cell(TWIN, "twin", all_on),
        Cell(TWIN_OFF, "twin_off", all_off),
        Cell(CANARY, "canary", all_on),
        Cell(REFERENCE, "reference", {}),
    ]


def cells_of(factors: Sequence[str]) -> list[Cell]:
    """Return every cell of an experiment."""
    return treatments(factors) + controls(factors)


ContrastKind = Literal["whole", "from baseline", "leave-one-out", "cells"]


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two cells, the candidate against the baseline. `factor` is the one in which they differ, where there is one.

    Kinds: `whole` is everything on against everything off; `from baseline` one factor on against none; `leave-one-out`
    everything on against everything but one factor; `cells` any other two, such as a control.
    """

    baseline: str
    candidate: str
    kind: ContrastKind = "cells"
    factor: str | None = None

    @property
    def name(self) -> str:
        """The name of the contrast in saved effects."""
        return contrast_name(self.kind, self.factor) if self.factor else f"{self.candidate} / {self.baseline}"


def contrast_name(kind: ContrastKind, factor: str) -> str:
    """Return the name of a contrast of one factor in saved effects."""
    return f"{factor} {kind}"


def from_baseline(factor: str, factors: Sequence[str]) -> Contrast:
    """Return the contrast of one factor by itself: it is on where all others are off."""
    return Contrast(BASELINE, cell_of([factor], factors), "from baseline", factor)


def leave_one_out(factor: str, factors: Sequence[str]) -> Contrast:
    """Return the contrast of what a factor adds to all others: everything on, against everything but this factor."""
    others = [other for other in factors if other != factor]
    return Contrast(cell_of(others, factors), OPTIMISED, "leave-one-out", factor)


WHOLE = Contrast(BASELINE, OPTIMISED, "whole").name


def contrasts(factors: Sequence[str]) -> list[Contrast]:
    """Return everything that a report compares: the whole, each factor from baseline and left out, and the controls.

    Without factors, there is nothing to compare.
    """
    if not factors:
        return []
    return [
        Contrast(BASELINE, OPTIMISED, "whole"),
        *(from_baseline(factor, factors) for factor in factors),
        *(leave_one_out(factor, factors) for factor in factors),
        Contrast(OPTIMISED, TWIN),
        Contrast(OPTIMISED, CANARY),
    ]
