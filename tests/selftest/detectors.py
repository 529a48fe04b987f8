"""Change points by others, behind one interface: what tells a series' change points, whoever wrote it.

Each is there only if it is installed; none is a dependency. A series is given as the nights' ratios, not their logarithms, as
these tools are given figures.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

# The nights on which a change began, of a series of ratios.
Detector = Callable[[Sequence[float]], list[int]]


def otava(ratios: Sequence[float]) -> list[int]:
    """Apache Otava: E-divisive with a t test (Fleming et al., ICPE 2023), window and level as it has them by default."""
    points, _ = importlib.import_module("otava.analysis").compute_change_points(list(ratios))  # an array has no windows
    return [int(point.index) for point in points]


def ruptures(ratios: Sequence[float]) -> list[int]:
    """PELT of ruptures (Killick et al., JASA 2012), the penalty 3 log(n) times the variance of successive differences."""
    values = np.asarray(ratios)
    penalty = 3 * np.log(len(values)) * float(np.diff(values).var()) / 2
    search: Any = importlib.import_module("ruptures").Pelt(model="l2", min_size=2, jump=1)
    return [int(place) for place in search.fit(values).predict(pen=penalty)[:-1]]


def asv(ratios: Sequence[float]) -> list[int]:
    """The step detector of asv, and of its steps those that `asv publish` calls regressions: 5% more than before."""
    module: Any = importlib.import_module("asv.step_detect")
    steps = module.detect_steps(list(ratios))
    _, _, regressions = module.detect_regressions(steps, threshold=0.05)
    return [int(after) for _, after, _, _ in regressions or ()]


EVERY: dict[str, tuple[str, Detector]] = {
    "Otava": ("otava", otava), "ruptures": ("ruptures", ruptures), "asv": ("asv", asv),
}  # fmt: skip


def installed() -> dict[str, Detector]:
    """Those that are there, by name."""
    return {name: detect for name, (module, detect) in EVERY.items() if importlib.util.find_spec(module)}
