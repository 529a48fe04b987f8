"""Which of several commits changed a figure, when each look is noisy.

Probabilistic bisection: every commit has a probability of being the one, which each measurement changes by Bayes' rule, and the
next commit to measure is the median of these. Where a plain bisection is misled by one wrong answer for good, a look that
contradicts the others makes this one look again. Source: Waeber, Frazier & Henderson, "Bisection search with noisy responses"
(SIAM Journal on Control and Optimization 2013); Ben-Or & Hassidim 2008.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from math import sqrt

import numpy as np
from scipy import stats

from perflab.analysis.stats.pairs import Floats

# A count without noise is still not known better than this, as a share of the whole change.
LEAST_ERROR = 1e-3
# No look alone is surer than this, whatever its error says: a later one can still contradict it.
LEAST_RATIO = 1e-9


@dataclass(frozen=True)
class Look:
    """One measurement: the log ratio of a figure to that of the good commit.

    Attributes:
        log_ratio: The logarithm of the ratio.
        standard_error: Of the log ratio; 0 for an exact count.
        rounds: How many rounds it is based on.
    """

    log_ratio: float
    standard_error: float
    rounds: int


@dataclass
class Search:
    """Look for the commit from which on a figure is another one.

    Attributes:
        commits: The commits in question, the oldest first: any of them may be the one, the last one is known to be bad.
        whole: What the last of them measures, against the commit before all.
        probability: Of each commit, that it is the one.
        skipped: Commits that cannot be measured.
    """

    commits: Sequence[str]
    whole: Look
    skipped: set[str] = field(default_factory=set)
    probability: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.probability = np.full(len(self.commits), 1 / len(self.commits))

    @property
    def best(self) -> tuple[str, float]:
        """Return the commit that is most probably the one, and how probable that is."""
        place = int(np.argmax(self.probability))
        return self.commits[place], float(self.probability[place])

    def add(self, commit: str, look: Look) -> None:
        """Take a measurement into account.

        Args:
            commit: The commit that was measured.
            look: The measurement.
        """
        place, change = self.commits.index(commit), self.whole.log_ratio
        least = LEAST_ERROR * abs(change)
        degrees = max(1, look.rounds - 1)
        if_good = stats.t.logpdf(look.log_ratio, degrees, scale=max(look.standard_error, least))
        error = max(sqrt(look.standard_error**2 + self.whole.standard_error**2), least)
        if_bad = stats.t.logpdf(look.log_ratio, degrees, loc=change, scale=error)
        # Only their ratio counts: both densities are 0 in floating point for a commit that is far from good and bad alike.
        if_good, if_bad = np.maximum(np.exp(np.array([if_good, if_bad]) - max(if_good, if_bad)), LEAST_RATIO)
        is_bad = np.arange(len(self.commits)) <= place  # if one of these is the one, the measured commit is bad
        weights = self.probability * np.where(is_bad, if_bad, if_good)
        self.probability = weights / weights.sum()

    def next(self) -> str | None:
        """Return the commit to measure: the one that halves the probability; None if there is none left that could tell."""
        before = np.cumsum(self.probability)
        order = np.argsort(np.abs(before - 0.5), kind="stable")
        candidates = [self.commits[int(place)] for place in order if int(place) != len(self.commits) - 1]
        return next((commit for commit in candidates if commit not in self.skipped), None)


def suspects(search: Search, sure: float) -> Collection[str]:
    """Return the fewest commits that together have at least this probability, the most probable first.

    Args:
        search: The search.
        sure: The probability, 0..1.
    """
    order = np.argsort(-search.probability, kind="stable")
    total = np.cumsum(search.probability[order])
    number = int(np.searchsorted(total, sure)) + 1
    return [search.commits[int(place)] for place in order[:number]]
