"""One thing to do, and what all of them need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from perflab import units
from perflab.run.records import Effect

Factor = Mapping[str, Any]
MAX_NAMED = 3  # of many alike only the first few are named; the sections below have them all


@dataclass(frozen=True)
class Action:
    """One thing to do: what, what was measured of it, the section that shows it, and the effort that the scenario states.

    `saves_s` is by how much the mean request gets faster by it, or would be slower without it; None where that is unknown, 0
    where no such gain is certain.
    """

    what: str
    gain: str
    section: str
    effort: str | None = None
    separator: str = ": "
    saves_s: float | None = None

    @property
    def reason(self) -> str:
        """The gain and the effort: what follows the separator."""
        effort = f" Effort, as stated in the scenario: {self.effort}." if self.effort else ""
        return f"{self.gain}.{effort}"

    @property
    def sentence(self) -> str:
        """The action in one line."""
        return f"{self.what}{self.separator}{self.reason}"


def named(endpoints: Sequence[str]) -> str:
    """Return the first few endpoints, and how many more there are, as a sentence has them."""
    more = len(endpoints) - MAX_NAMED
    return units.listed([*endpoints[:MAX_NAMED], *([f"{more} more"] if more > 0 else [])])


def apart_s(effect: Effect) -> float:
    """Return how far the two levels of an effect on times are apart, in seconds."""
    return abs((effect.after or 0.0) - (effect.before or 0.0))
