"""One finding about a cache, as all modules here make it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from perflab.analysis.stats.values import plain
from perflab.run.cells import OPTIMISED
from perflab.run.records import MAX_STEPS, Finding


def cache_finding(
    kind: str, endpoint: str, sentence: str, count: int, operations: pd.DataFrame | None = None, **example: Any
) -> Finding:
    """Return a warning about the caches of all_on.

    Args:
        kind: The class of the finding.
        endpoint: The endpoint that it is about.
        sentence: What is wrong.
        count: How often.
        operations: The cache operations, or the requests, that it rests on: the first of them is the example.
        **example: Further values of the example.
    """
    steps: list[Any] = []
    if operations is not None:
        steps = plain(operations[["round", "step"]].drop_duplicates().head(MAX_STEPS))
        first = operations.iloc[0]
        example = {**{name: first[name] for name in ("key", "source") if name in first}, "cell": OPTIMISED, **example}
    return Finding(kind, "warning", sentence, endpoint=endpoint, count=int(count), steps=steps, example=plain(example))
