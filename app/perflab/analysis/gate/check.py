"""A budget: one thing that may not get worse from one run to the next, and how it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["exact", "timed", "claim"]
Verdict = Literal["fine", "worse", "inconclusive"]


@dataclass(frozen=True, slots=True)
class Budget:
    """How one budget stands. `sentence` carries the figures, and says what they are blind to.

    An `exact` one is a count: `estimate` is the new one, `before` the baseline's. A `timed` one is a ratio, new / old, with
    its interval; `blind_to` is the relative slow-down that would have been too small to be called one (power 80%). A `claim`
    is one of the scenario's, its figures as summary.json has them. `n` are the requests that it rests on; what is unknown is
    None.
    """

    name: str
    kind: Kind
    verdict: Verdict
    sentence: str
    estimate: float | None = None
    before: float | None = None
    low: float | None = None
    high: float | None = None
    blind_to: float | None = None
    n: int = 0
    rounds: int = 0


def outcome(budgets: Sequence[Budget]) -> Verdict:
    """What all budgets come to: worse if one is, else inconclusive if one is, claims left aside, else fine.

    A claim may stay open, or without a measurement, in a run that is as good as the one before.
    """
    if any(budget.verdict == "worse" for budget in budgets):
        return "worse"
    return "inconclusive" if any(is_open(budget) for budget in budgets) else "fine"


def is_open(budget: Budget) -> bool:
    """Whether a budget keeps the gate from saying that all is fine without saying that anything is worse."""
    return budget.verdict == "inconclusive" and budget.kind != "claim"
