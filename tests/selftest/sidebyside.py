"""The method of before and today's, side by side: one table, its rows from those that measured them.

Before is revision 0e9dee5: the mean of the rounds' log ratios with a t interval (former.py), over the traffic as it came.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from perflab.analysis.stats.pairs import Floats
from tests.benchmarks.table import Table
from tests.selftest.shares import Share

BEFORE = "0e9dee5"


def row(what: str, sides: Sequence[str], wanted: str = "-", verdict: str = "-") -> list[str]:
    """What was measured: before, and now."""
    before, now = sides
    return [what, before, now, wanted, verdict]


def shares(what: str, sides: Sequence[Share], least: float = 0.0, most: float = 1.0, wanted: str = "") -> list[str]:
    """A share that is to lie between two bounds, each with its exact interval."""
    texts = [f"{each.text()} ({each.between()})" for each in sides]
    text = wanted or (f"<= {most:.3g}" if least == 0 else f">= {least:.3g}" if most == 1 else f"{least:.1%}-{most:.1%}")
    return row(what, texts, text, sides[1].verdict(least, most))


def within(what: str, sides: Sequence[Floats], most: float | None) -> list[str]:
    """A mean error that is to be at most so large, each with its 95% interval."""
    texts = [f"{each.mean():+.1%} (± {reach(each):.1%})" for each in sides]
    if most is None:
        return row(what, texts)
    now = sides[1]
    error, spread = abs(float(now.mean())), reach(now)
    open_ = ", but open" if error - spread <= most <= error + spread else ""
    return row(what, texts, f"at most {most:.0%}", ("met" if error <= most else "not met") + open_)


def reach(errors: Floats) -> float:
    """How far the 95% interval of a mean reaches to either side."""
    return 1.96 * float(np.std(errors, ddof=1)) / math.sqrt(len(errors)) if len(errors) > 1 else math.inf


def table(measured: Iterable[Table]) -> Table:
    return Table(
        f"The method at {BEFORE} and today's, side by side",
        ("what", f"at {BEFORE}", "today", "wanted", ""),
        [each for other in measured for each in other.compared],
        [
            "With 95% intervals; those of shares are exact. The truth is the ratio of expectations. Both see the same runs."
        ],
    )
