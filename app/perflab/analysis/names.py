"""The names that a run's tables use for cells, and which of them are compared.

The same names as `perflab.run.cells` writes (a test holds them together): analysis reads tables, it does not import what
made them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

BASELINE = "all_off"
OPTIMISED = "all_on"
TWIN = "twin"
CANARY = "canary"
REFERENCE = "reference"

# What the canary adds to its own requests.
CANARY_SHARE = 0.05

ALL = "ALL"
# What else stands in an effect's column `endpoint`: means over a mix mislead, so the mix is taken apart.
EQUAL = "EQUAL"  # every endpoint counts alike
READS, WRITES = "READS", "WRITES"
HITS, MISSES = "HITS", "MISSES"  # by what the cache answered with everything on
COLD, WARM = "COLD", "WARM"  # before and after the first minute since the caches were empty
MIX = (EQUAL, READS, WRITES, HITS, MISSES, COLD, WARM)
WHOLE = f"{OPTIMISED} / {BASELINE}"


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two cells, one against the other, and what that is called."""

    name: str
    baseline: str
    candidate: str


def cell_of(on: Sequence[str], factors: Sequence[str]) -> str:
    """The name of the cell in which just these factors are on."""
    switched_on = [factor for factor in factors if factor in on]
    if not switched_on:
        return BASELINE
    return OPTIMISED if len(switched_on) == len(factors) else "+".join(switched_on)


def alone(factor: str, factors: Sequence[str]) -> Contrast:
    """What a factor does by itself: switched on where all others are off."""
    return Contrast(f"{factor} alone", BASELINE, cell_of([factor], factors))


def last(factor: str, factors: Sequence[str]) -> Contrast:
    """What a factor adds to all others: everything on, against everything but it."""
    return Contrast(f"{factor} last", cell_of([f for f in factors if f != factor], factors), OPTIMISED)


def contrasts(factors: Sequence[str]) -> list[Contrast]:
    """Everything that a report compares: the whole, each factor alone and last, and the controls."""
    return [
        Contrast(WHOLE, BASELINE, OPTIMISED),
        *(alone(factor, factors) for factor in factors),
        *(last(factor, factors) for factor in factors),
        Contrast(f"{TWIN} / {OPTIMISED}", OPTIMISED, TWIN),
        Contrast(f"{CANARY} / {OPTIMISED}", OPTIMISED, CANARY),
    ]
