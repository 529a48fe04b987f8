"""What all meters have in common: what they compute from, and what they return."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from perflab.analysis.database.queries import QueryRow
from perflab.analysis.responses.equivalence import Changed, changed_answers
from perflab.analysis.responses.unchecked import Unchecked
from perflab.analysis.stats.pairs import Pairs
from perflab.run.records import Estimate
from perflab.units import listed


@dataclass(frozen=True, slots=True)
class Measurement:
    """The value of a claim's metric, in the metric's unit.

    Attributes:
        before: The value with all factors off.
        after: The value with all factors on.
        estimate: What is held against the bound.
        low: The lower end of its interval.
        high: The upper end of its interval.
        n: How many requests or events it rests on.
        rounds: How many rounds it rests on.
        reason: What is missing, in a sentence; None if nothing is.
        measured: Whether there is a value at all.
        ratio: after / before with its interval, where the estimate is 1 - ratio.
    """

    before: float | None = None
    after: float | None = None
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    rounds: int = 0
    reason: str | None = None
    measured: bool = True
    ratio: Estimate | None = None

    @classmethod
    def missing(cls, why: str) -> Measurement:
        """Return a measurement of nothing; `why` becomes the sentence `Not measured: ...`."""
        return cls(reason=f"Not measured: {why[:1].lower()}{why[1:]}", measured=False)


@dataclass(frozen=True)
class Evidence:
    """Everything that claims are judged by.

    `responses` are those that differ from the baseline's, see `answers.changed`, None where they were not compared. `not_checked`
    are the checks that could not have failed. `queries` is
    the query ledger, see `queries.ledger`. `checked` is the number of checks of each endpoint whose queries were recorded;
    empty where that is unknown. `index_count` is the number of indexes that the factor switches. `capacity`
    is the ledger of the load test, empty where there was none; `no_capacity` says why.
    """

    pairs: Pairs
    index_count: int | None = None
    confidence: float = 0.95
    margin: float = 0.02
    responses: pd.DataFrame | None = None
    not_checked: Sequence[Unchecked] = ()
    queries: Sequence[QueryRow] = ()
    checked: Mapping[str, int] = field(default_factory=dict)
    scenario: Mapping[str, Any] = field(default_factory=dict)
    capacity: Sequence[Mapping[str, Any]] = ()
    no_capacity: str | None = None
    _changed: dict[tuple[str, ...] | None, Changed] = field(default_factory=dict, compare=False, repr=False)

    def changed(self, endpoints: Sequence[str] | None) -> Changed:
        """Return how many responses of the optimised cell differ from the baseline's; counted once for each scope.

        Args:
            endpoints: The endpoints of the scope; None is all of them.
        """
        scope = None if endpoints is None else tuple(endpoints)
        if scope not in self._changed:
            self._changed[scope] = changed_answers(self.pairs, endpoints=endpoints, answers=self.responses)
        return self._changed[scope]


# The evidence, and the endpoints that the claim is about; None is all of them.
Meter = Callable[[Evidence, Sequence[str] | None], Measurement]


def unstable(changed: Changed) -> str:
    """Return the sentence about responses that differ between identical cells and were therefore not compared."""
    return f"Responses of {listed(changed.nondeterministic)} are nondeterministic and were not compared."


def rounds_of(evidence: Evidence, endpoints: Sequence[str] | None) -> int:
    """Return the number of rounds with requests to these endpoints; None is all of them."""
    return Pairs.of(evidence.pairs, measured_only=False, endpoints=endpoints).rounds


def counted(before: int, after: int, n: int, rounds: int, reason: str | None) -> Measurement:
    """Return an exact count: its interval is the count itself.

    Args:
        before: The count with everything off.
        after: The count with everything on.
        n: The number of events that it rests on.
        rounds: The number of rounds that it rests on.
        reason: A sentence about what is missing, or None.
    """
    exact = float(after)
    return Measurement(float(before), exact, exact, exact, exact, n, rounds, reason)
