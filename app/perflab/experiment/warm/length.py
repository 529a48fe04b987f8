"""How long the traffic before the rounds is: as given, or until the hit rate rises no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from perflab.run.tables import Row
from perflab.scenario.profiles import Resolved
from perflab.worker.protocol import WarmedUp
from perflab.workload.steps import Step

# Without a given length: looked at after this time first, then whenever it has doubled; ended at the longest.
FIRST_S, LONGEST_S = 60.0, 3600.0
# Warm is what gains less than this while the time doubles.
GAIN = 0.01
# So many lookups tell a hit rate, to two or three percentage points; so many requests without as many have next to none.
MIN_LOOKUPS, MAX_REQUESTS = 300, 3000


@dataclass
class Progress:
    """Follow a warm-up: what was executed, the hit rate by the time of the trace, and the rows of the table `before`."""

    parts: list[dict[str, Any]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    checked: int = 0
    changed: int = 0
    longest_ttl_s: float | None = None

    def add(self, at_s: float, steps: Sequence[Step], done: WarmedUp) -> None:
        """Add a part.

        Args:
            at_s: The time of the trace at its end.
            steps: Its requests.
            done: What became of them.
        """
        self.rows.extend(
            {**step.as_row(), "writes": step.writes, "response_digest": done.computed.get(step.step)}
            for step in steps
            if step.writes or step.step in done.computed
        )
        self.parts.append(
            {"until_s": round(at_s, 3), "requests": len(steps), "executed": done.executed, "failed": done.failed,
             "hits": done.hits, "misses": done.misses}
        )  # fmt: skip
        self.checked += done.checked
        self.changed += done.changed
        self.longest_ttl_s = done.longest_ttl_s

    def sum(self, name: str) -> int:
        """Return the sum of a number over all parts."""
        return sum(part[name] for part in self.parts)

    def hit_rate(self, after_s: float, until_s: float) -> float | None:
        """Return the share of lookups that hit in a part of the trace; None without a lookup."""
        parts = [part for part in self.parts if after_s < part["until_s"] <= until_s]
        hits = sum(part["hits"] for part in parts)
        lookups = hits + sum(part["misses"] for part in parts)
        return hits / lookups if lookups else None

    def is_warm(self, at_s: float) -> bool:
        """Tell whether the hit rate has risen by less than a percentage point since half of this time.

        It is unknown until there were enough lookups; where there are next to none, nothing warms up.
        """
        lookups = sum(part["hits"] + part["misses"] for part in self.parts if part["until_s"] > at_s / 2)
        if lookups < MIN_LOOKUPS:
            return self.sum("requests") >= MAX_REQUESTS
        now, before = self.hit_rate(at_s / 2, at_s), self.hit_rate(at_s / 4, at_s / 2)
        return now is not None and before is not None and now - before < GAIN


def length_s(question: Resolved, has_cache: bool) -> float | None:
    """Return how many seconds of the trace a warm-up takes; None where the hit rate decides.

    Args:
        question: The scenario at one of its profiles.
        has_cache: Whether any cell has a cache.
    """
    warm = question.scenario.traffic.warm
    if question.profile.warm_s is not None:
        return question.profile.warm_s
    if warm == "auto":
        return None if has_cache else 0.0
    return warm.hours * 3600


def ends_s(given_s: float | None, at_s: float, progress: Progress) -> str | None:
    """Return why a warm-up ends at this time of the trace; None if it goes on.

    Args:
        given_s: Its length, None where the hit rate decides.
        at_s: The time.
        progress: The warm-up so far.
    """
    if given_s is not None:
        return "as given" if at_s >= given_s else None
    if at_s >= LONGEST_S:
        return "longest warm-up"
    if progress.longest_ttl_s is not None and at_s >= progress.longest_ttl_s:
        return "longest time to live"
    return None
