"""Endpoints that never answer the same twice, whatever is on: no switch is to blame for them, and no answer of theirs tells.

A random order, a number that is drawn, the age of something in seconds. What is a time, a uuid or a token was masked before.
"""

from __future__ import annotations

import numpy as np

from perflab.analysis.stats.pairs import Ints, Pairs
from perflab.analysis.stats.statistics import count
from perflab.run.cells import BASELINE, CANARY, OPTIMISED, TWIN

# Where the twins differ by chance, a cell equals the baseline by chance: half of the time where an answer is one of two, and
# less where it is one of many. A switch that makes answers random leaves the cells without it alone.
LEAST_SHARE, LEAST_STEPS = 0.25, 2


def nondeterministic(pairs: Pairs, digests: Ints) -> list[str]:
    """The endpoints whose twins differ at Steps at which each cell with but a part of the factors on differs from the baseline.

    `digests` are the answers as numbers, Steps by cells, -1 where there is none. With one factor nobody can tell, and none is
    named. Costs the comparison of two columns where twins always agree.
    """
    base, one, other = (pairs.column(cell) for cell in (BASELINE, OPTIMISED, TWIN))
    parts = [place for place, cell in enumerate(pairs.cells) if cell not in (BASELINE, OPTIMISED, TWIN, CANARY)]
    if base is None or one is None or other is None or len(parts) < 2 or "endpoint" not in pairs.samples.columns:
        return []
    restless = (digests[:, one] != digests[:, other]) & (digests[:, [base, one, other, *parts]] >= 0).all(axis=1)
    if not restless.any():
        return []
    groups = pairs.groups(("endpoint",))
    times = count(groups.codes[restless], len(groups))
    differ = [count(groups.codes[restless & (digests[:, part] != digests[:, base])], len(groups)) for part in parts]
    found = (times >= LEAST_STEPS) & (np.min(differ, axis=0) >= LEAST_SHARE * times)
    return [str(name) for name in groups.labels["endpoint"][found]]
