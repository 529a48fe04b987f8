"""Which factors bring a mistake about, by the cells that show it, and how a sentence says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from perflab.analysis.responses.blame import factors_on
from perflab.analysis.responses.findings import smallest
from perflab.run.cells import OPTIMISED
from perflab.run.scenario import code_factors
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


def cause_of(cells: Sequence[str], scenario: Mapping[str, Any], factors: Sequence[str]) -> Cause:
    """Return what brings a mistake about.

    Where a cell shows it in which all factors but caches are on, only a cache can be what removes it: a hit hides it.

    Args:
        cells: The cells that show it.
        scenario: The scenario as run.json keeps it.
        factors: The scenario's factors, in its order.
    """
    cell, on = next(iter(smallest(cells, factors)))
    switched_on = factors_on(cells, factors)
    off = [factor for factor in factors if not any(factor in switched_on[each] for each in cells)]
    if not factors:
        return Cause(cell, on, "")
    every = "whichever factors are on" if OPTIMISED in cells else "but not with everything on"
    return Cause(cell, on, _states(on, off, code_factors(scenario), factors) or every)


def _states(on: Sequence[str], off: Sequence[str], code: Sequence[str], factors: Sequence[str]) -> str:
    """Return which switches have to be on or off, and in which revision; nothing if none has to."""
    if list(factors) == list(code) and not on and not off:
        return "in both revisions"
    revision = "in the new revision" if set(code) & set(on) else "in the old revision" if set(code) & set(off) else ""
    switches = [([name for name in names if name not in code], state) for names, state in ((on, "on"), (off, "off"))]
    states = " and ".join(f"{quoted(names)} {state}" for names, state in switches if names)
    return " ".join(filter(None, (revision, states and f"with {states}")))
