"""What the experiment and a worker say to each other, pickled over a socket pair.

The worker also writes the number of the Step it is at into eight shared bytes, so that the experiment can tell a slow
block from a request that hangs, and name the request at which a worker died. It costs 0.2 µs, outside the clocks.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from perflab.run.tables import Sample
from perflab.worker.probes.detail import Noted
from perflab.worker.probes.sampling import Seen

NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker is to be. `settings_module` None is the reference, which has no subject.

    `spin_share`: how much longer every request is made, as a share of its own time (the canary).
    `probed` False measures latency_s alone: what the benchmark of the lab's own cost compares with.
    `as_of` is the day of the data as ISO text; Django's clock shows it plus the Step's at_s.
    `environment` has variables that the process starts with, beside those of the experiment's own.
    """

    cell: str
    settings_module: str | None
    settings: Mapping[str, Any] = field(default_factory=dict)
    auth: str | None = None
    as_of: str | None = None
    spin_share: float = 0.0
    cache_pid: int | None = None
    probed: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Order:
    """One Step to execute. `path` may carry a query string; `body` is JSON text; `endpoint` is its name in messages.

    `measured` False is the warm-up. `detailed`: its queries and cache operations are noted one by one, which
    costs more than they do. `not_before_s`: it waits until the monotonic clock, which all processes share, shows this.
    """

    step: int
    at_s: float
    method: str
    path: str
    body: str | None
    user: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    endpoint: str | None = None
    measured: bool = True
    detailed: bool = False
    not_before_s: float | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker is set up. `seconds` is how long that took."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Done:
    """The Samples of one block, in the order of its Steps. `expired`: keys whose time to live ran out.

    `digests_s`: how long it took to make answers comparable. `noted` is what detailed Steps did, by the number of the Step.
    """

    samples: list[Sample]
    expired: int
    digests_s: float = 0.0
    noted: dict[int, Noted] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Profile:
    """Execute these Steps under a sampling profiler, which looks every `interval_s` and slows them."""

    orders: list[Order]
    interval_s: float


@dataclass(frozen=True, slots=True)
class Profiled:
    """What a block under the profiler did, and every sample of its requests."""

    done: Done
    seen: list[Seen]


@dataclass(frozen=True, slots=True)
class Show:
    """Send the answers of these Steps, which are of the block before, as documents."""

    steps: list[int]


@dataclass(frozen=True, slots=True)
class Mask:
    """From now on these places of an endpoint's answers do not count in digests. Nothing comes back."""

    endpoint: str
    places: frozenset[str]


@dataclass(frozen=True, slots=True)
class Failed:
    """The worker cannot go on: one line for people, and the traceback for the log."""

    message: str
    traceback: str


class Place:
    """The shared bytes: which Step a worker is at."""

    SIZE = 8

    def __init__(self, fd: int) -> None:
        self._memory = mmap.mmap(fd, self.SIZE)

    def set(self, step: int) -> None:
        struct.pack_into("q", self._memory, 0, step)

    def get(self) -> int:
        return int(struct.unpack_from("q", self._memory, 0)[0])

    def close(self) -> None:
        self._memory.close()
