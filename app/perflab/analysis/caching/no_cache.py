"""What hits save and misses cost: the same Steps in the cell in which only the caches are off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from perflab.analysis.database.queries import optimised_cells
from perflab.analysis.effects.effects import compare
from perflab.analysis.effects.table import of_table
from perflab.analysis.stats.pairs import Floats, Pairs
from perflab.run.cells import OPTIMISED, everything_on
from perflab.run.records import Effect

METRIC = "latency_s"


@dataclass(frozen=True, slots=True)
class AgainstNoCache:
    """What `n` requests gain or lose by the cache, with its interval."""

    estimate: float | None
    low: float | None
    high: float | None
    n: int


def against_no_cache(
    measured: Pairs, hits: Floats, misses: Floats, scenario: Mapping[str, Any], factors: Sequence[str]
) -> dict[str, dict[str, AgainstNoCache]]:
    """Return, by endpoint, the seconds that a hit saves and the ratio of a miss to no cache, each with its interval.

    Args:
        measured: The measured samples.
        hits: The lookups of each Step that hit, with all factors on.
        misses: Those that did not.
        scenario: The scenario as run.json keeps it.
        factors: The scenario's factors, in its order.
    """
    without = next((cell for cell in optimised_cells(scenario, factors) if cell != everything_on(factors)), None)
    compared: dict[str, dict[str, AgainstNoCache]] = {"hits": {}, "misses": {}}
    if without is None or not measured.has(without):
        return compared
    for name, mask in (("hits", (hits > 0) & (misses == 0)), ("misses", misses > 0)):
        part = measured.where(mask)
        if not part.steps:
            continue
        for effect in of_table(compare(part, METRIC, without, OPTIMISED, by="endpoint")):
            if effect.n:
                compared[name][effect.endpoint] = _saved(effect) if name == "hits" else _cost(effect)
    return compared


def _saved(effect: Effect) -> AgainstNoCache:
    """Return the seconds that a hit saves: a decrease, with its sign changed and its ends exchanged."""
    saved, low, high = (
        None if seconds is None else -seconds
        for seconds in (effect.difference, effect.difference_high, effect.difference_low)
    )
    return AgainstNoCache(saved, low, high, effect.n)


def _cost(effect: Effect) -> AgainstNoCache:
    return AgainstNoCache(effect.ratio, effect.low, effect.high, effect.n)
