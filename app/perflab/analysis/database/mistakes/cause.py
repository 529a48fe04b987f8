"""Which factors bring a mistake about, by the cells that show it, and how a sentence says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from perflab.analysis.responses.blame import factors_on
from perflab.analysis.responses.findings import smallest
from perflab.run.cells import OPTIMISED
from perflab.units import quoted


@dataclass(frozen=True, slots=True)
class Cause:
    """Name the cell that shows a mistake with the fewest factors on, these factors, and in words also those that remove it."""

    cell: str
    factors: Sequence[str]
    words: str

    @property
    def clause(self) -> str:
        """The words as the end of a sentence; nothing in a run without factors."""
        return f", {self.words}" if self.words else ""


def cause_of(cells: Sequence[str], factors: Sequence[str]) -> Cause:
    """Return what brings a mistake about.

    Where a cell shows it in which all factors but caches are on, only a cache can be what removes it: a hit hides it.

    Args:
        cells: The cells that show it.
        factors: The scenario's factors, in its order.
    """
    cell, on = next(iter(smallest(cells, factors)))
    switched_on = factors_on(cells, factors)
    off = [factor for factor in factors if not any(factor in switched_on[each] for each in cells)]
    states = [f"{quoted(names)} {state}" for names, state in ((on, "on"), (off, "off")) if names]
    if not factors:
        return Cause(cell, on, "")
    every = "whichever factors are on" if OPTIMISED in cells else "but not with everything on"
    return Cause(cell, on, f"with {' and '.join(states)}" if states else every)
