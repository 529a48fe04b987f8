"""Which processor does what: workers and servers share one, the experiment keeps to the others.

Client and server on different cores cost more CPU than on one (the caches are cold at every turn), so the measured
side stays together, and nothing else of the lab runs there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Pinning:
    """The plan: `measured` for workers and servers, `others` for the experiment. Not `possible`: `reason` says why."""

    possible: bool
    measured: tuple[int, ...]
    others: tuple[int, ...]
    reason: str | None = None

    def facts(self) -> dict[str, Any]:
        return {
            "pinned": self.possible,
            "measured_cores": list(self.measured),
            "other_cores": list(self.others),
            "reason": self.reason,
        }


def plan() -> Pinning:
    """The last core that this process may use for what is measured: the first one usually serves interrupts."""
    if not hasattr(os, "sched_setaffinity"):
        return Pinning(False, (), (), "this system has no processor affinity")
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        return Pinning(False, tuple(allowed), tuple(allowed), "there is only one core")
    try:
        os.sched_setaffinity(0, allowed)
    except OSError as error:
        return Pinning(False, tuple(allowed), tuple(allowed), f"the system refuses it: {error.strerror}")
    return Pinning(True, (allowed[-1],), tuple(allowed[:-1]))
