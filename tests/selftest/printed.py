"""What is printed: whether a change is that of the levels beside it; and what the self-test itself takes as true.

Before, a change was the mean of the rounds' log ratios, and the levels beside it were means over all requests: the two could
contradict each other. The self-test took the expectation of that same mean as true, so that it could not see its bias.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from tests.benchmarks.table import Table, say
from tests.selftest.estimates import CASES, Case, drawn, today
from tests.selftest.former import ratio_of_rounds
from tests.selftest.parallel import Processes
from tests.selftest.shares import Share
from tests.selftest.sidebyside import row, shares

# A printed change may differ from that of the levels by so much: figures are rounded to three digits.
ROUNDING = 0.005
SHOWN = tuple(case for case in CASES if not case.counts and case.requests in (3, 15))


def changes(numbers: Sequence[int], case: Case) -> list[tuple[float, float, float]]:
    """Of each run: the ratio of the printed levels, and the printed change by the former estimator and by today's."""
    before, after = drawn(numbers, case)
    levels = after.mean(axis=(1, 2)) / before.mean(axis=(1, 2))
    former, now = ratio_of_rounds(before.mean(axis=2), after.mean(axis=2)), today(before, after)
    return list(zip(levels.tolist(), former.ratio.tolist(), now.ratio.tolist(), strict=True))


def table(processes: Processes, runs: int) -> Table:
    result = Table(
        "The printed change beside the printed levels: before and now",
        (
            "synthetic runs",
            "estimator",
            "another change",
            "exact interval",
            "the opposite",
            "largest",
            "taken as true",
            "bias",
        ),
    )
    for case in SHOWN:
        say(f"printed: {case.title}, {runs:,} runs")
        levels, *sides = np.array(processes.each(partial(changes, case=case), runs)).T
        other, opposite = [], []
        for name, change in zip(("before", "now"), sides, strict=True):
            off = np.abs(change / levels - 1)
            other.append(Share(int((off > ROUNDING).sum()), runs))
            opposite.append(Share(int(((change - 1) * (levels - 1) < -1e-9).sum()), runs))
            # Before, the truth was the estimator's own expectation; now it is the ratio of expectations.
            true = float(np.exp(np.log(change).mean())) if name == "before" else case.truth
            cells = [other[-1].text(), other[-1].between(), opposite[-1].text(), f"{off.max():.1%}"]
            result.rows.append([case.title, name, *cells, f"{true:.4f}", f"{change.mean() / true - 1:+.1%}"])
        result.compared.append(shares(f"printed change is not that of the levels: {case.title}", other, most=0.0))
        if case.truth != 1:
            texts = [result.rows[place][-2] for place in (-2, -1)]
            result.compared.append(row(f"taken as true: {case.title}", texts, f"{case.truth:.4f}", "met"))
    result.notes = [
        f"Another change: off by more than {ROUNDING:.1%}. The opposite: slower where the levels say faster, or the reverse.",
        "Taken as true: by the self-test of before, its own estimator's expectation; bias: what it then sees of it.",
    ]
    return result
