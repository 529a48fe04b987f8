"""Endpoints whose responses change by themselves, whichever factors are on: no factor causes it, and comparing them says nothing.

A random order, a random number, the age of something in seconds. Times, UUIDs and tokens are ignored fields already.
"""

from __future__ import annotations

import numpy as np

from perflab.analysis.stats.pairs import Ints, Pairs
from perflab.analysis.stats.statistics import count
from perflab.run.cells import BASELINE, CANARY, OPTIMISED, TWIN

# Where identical cells differ by chance, a cell equals the baseline by chance: half of the time if a response is one of two,
# less often if it is one of many. A factor that makes responses random does not affect the cells without it.
MIN_SHARE, MIN_STEPS = 0.25, 2


def nondeterministic(pairs: Pairs, digests: Ints) -> list[str]:
    """Return the endpoints where identical cells differ at Steps where each cell with some factors on differs from all_off.

    With one factor this is unknowable, and none is named. Costs the comparison of two columns where identical cells agree.

    Args:
        pairs: The samples with the warm-up.
        digests: The responses as numbers, Steps by cells; -1 where there is none.
    """
    base, optimised, twin = (pairs.column(cell) for cell in (BASELINE, OPTIMISED, TWIN))
    parts = [column for column, cell in enumerate(pairs.cells) if cell not in (BASELINE, OPTIMISED, TWIN, CANARY)]
    if base is None or optimised is None or twin is None or len(parts) < 2 or "endpoint" not in pairs.samples.columns:
        return []
    restless = (digests[:, optimised] != digests[:, twin]) & (digests[:, [base, optimised, twin, *parts]] >= 0).all(
        axis=1
    )
    if not restless.any():
        return []
    groups = pairs.groups(("endpoint",))
    times = count(groups.codes[restless], len(groups))
    differ = [count(groups.codes[restless & (digests[:, part] != digests[:, base])], len(groups)) for part in parts]
    is_random = (times >= MIN_STEPS) & (np.min(differ, axis=0) >= MIN_SHARE * times)
    return [str(name) for name in groups.labels["endpoint"][is_random]]
