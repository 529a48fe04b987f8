"""How many lanes a run has, and why not more."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any, Literal

import psutil

from perflab.experiment.host import Pinning, cores, memory_limit, plan_lanes
from perflab.experiment.testbed import Testbed
from perflab.run.cells import REFERENCE
from perflab.run.tables import Row
from perflab.servers.database import SQLITE

# All lanes are driven by one process, which is busy for up to 15% of a lane's time: what is not inside requests.
MAX_LANES = 4
# The buffers of all servers together, as a share of the machine's memory.
MAX_BUFFERS = 0.5
MIB = 1024**2
# With lanes: "auto", a run goes on in one lane if the calibration request takes so much longer beside another lane than alone.
MAX_SLOWDOWN = 0.1


def lanes_of(
    testbed: Testbed, wanted: int | Literal["auto"], rounds: int, planned: Sequence[Pinning] | None = None
) -> tuple[Sequence[Pinning], str]:
    """Return the cores of each lane, none where there is one lane, and why there are not more.

    Args:
        testbed: The testbed after its first round, which has shown what cells share.
        wanted: The profile's number of lanes.
        rounds: How many rounds are left.
        planned: A core for each lane that the machine has room for; those of this machine if None.
    """
    servers, pinning = testbed.servers, testbed.servers.pinning
    if wanted == 1:
        return (), "as the profile says"
    if not pinning.possible:
        return (), pinning.reason or "processes cannot be pinned"
    if not servers.cache.private or not (servers.database.private or servers.database.vendor == SQLITE):
        return (), "a server is not the lab's own"
    if testbed.shares_something:
        return (), "cells share something outside, such as files or processes"
    planned = plan_lanes()[: cores()] if planned is None else planned
    limits = {
        **({} if wanted == "auto" else {"as the profile says": wanted}),
        "one process drives all lanes": MAX_LANES,
        "no further round is left": rounds,
        "no further core is free": len(planned),
        "the memory has no room for the buffers of another server": _room(int(servers.shared_buffers["megabytes"])),
    }
    why, number = min(limits.items(), key=lambda item: item[1])
    return (planned[:number] if number > 1 else ()), why


def _room(buffers_mb: int) -> int:
    memory = min(psutil.virtual_memory().total, memory_limit() or math.inf)
    return int(MAX_BUFFERS * memory / MIB / max(1, buffers_mb))


def calibration_s(rows: Iterable[Row]) -> float | None:
    """Return the median time of the calibration request in a round; None without one."""
    times = [row["latency_s"] for row in rows if row["cell"] == REFERENCE and row["latency_s"] is not None]
    return median(times) if times else None


def facts(number: int, why: str, alone: float | None, together: Sequence[float]) -> dict[str, Any]:
    """Return what run.json says of the lanes.

    Args:
        number: How many lanes there are.
        why: Why there are not more.
        alone: The calibration request in the round that ran alone, in seconds.
        together: The same in each round that did not.
    """
    return {
        "number": number,
        "why": why,
        "slowdown": round(median(together) / alone - 1, 4) if number > 1 and together and alone else None,
    }
