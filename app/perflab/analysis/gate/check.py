"""A gate check: one thing that must not get worse from one run to the next, and its result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["exact", "timed", "claim", "scenario"]
Verdict = Literal["fine", "worse", "inconclusive"]


@dataclass(frozen=True, slots=True)
class GateCheck:
    """The result of one check; what is unknown is None.

    Attributes:
        name: What is checked.
        kind: `exact` is a count; `timed` a ratio, new / old, with its interval; `claim` one of the scenario's;
            `scenario` what the scenario asks.
        verdict: The result.
        sentence: The figures, and what they cannot detect.
        estimate: The new count, the ratio, or the claim's estimate.
        before: The baseline's count.
        low: The lower end of the interval.
        high: The upper end of the interval.
        mde: The smallest relative slow-down that would have been detected (power 80%).
        n: How many requests it rests on.
        rounds: How many rounds it rests on.
        is_required: Whether the gate is inconclusive if this check is.
    """

    name: str
    kind: Kind
    verdict: Verdict
    sentence: str
    estimate: float | None = None
    before: float | None = None
    low: float | None = None
    high: float | None = None
    mde: float | None = None
    n: int = 0
    rounds: int = 0
    is_required: bool = True


def outcome(checks: Sequence[GateCheck]) -> Verdict:
    """Return the result of all checks: worse if one is, else inconclusive if a required one is, else fine.

    A claim may stay undecided, or unmeasured, in a run that is as good as the one before; so may an endpoint that is rarely
    requested.
    """
    if any(check.verdict == "worse" for check in checks):
        return "worse"
    return "inconclusive" if any(is_open(check) for check in checks) else "fine"


def is_open(check: GateCheck) -> bool:
    """Return whether a check prevents the result `fine` although nothing is known to be worse."""
    return check.verdict == "inconclusive" and check.kind != "claim" and check.is_required
