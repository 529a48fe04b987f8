"""The messages between the experiment and a worker, pickled over a socket pair.

    WorkerConfig ->          <- Ready              once, first
    ExecuteBlock ->          <- Done
    HoldBlock ->             <- Done
    ProfileBlock ->          <- Profiled
    SendResponses ->         <- list of documents
    IgnoreFields ->                                no reply
    WarmUp ->                <- WarmedUp
    SendMemory ->            <- the entries of caches in memory
    RestoreCaches ->         <- how many entries a server holds
    LogIn, ForgetLogins ->                         no reply
    SendHeaders ->           <- list of headers
    SendContacts ->          <- list of contacts with their counts
    None ->                                        end
                             <- Failed             instead of any reply: the worker has ended

The worker also writes the number of its current Step into eight shared bytes, so that the experiment can distinguish a slow
block from a request that hangs, and can name the request at which a worker died. It costs 0.2 µs, outside the clocks.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from perflab.run.response import Mask
from perflab.run.tables import Sample
from perflab.scenario.project import HOST
from perflab.worker.guards.files import Origin
from perflab.worker.probes.cache.memory import MemoryEntries
from perflab.worker.probes.detail import Recorded
from perflab.worker.probes.sampling import AttributedSample
from perflab.workload.steps import Step

NO_STEP = -1


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """Describe what a worker runs.

    Attributes:
        cell: Name of the cell.
        settings_module: The project's settings; None for the calibration request, which has no subject.
        settings: Settings that differ from the module's.
        auth: How callers log in, see login.py; None for a project without logins.
        host: The host of requests.
        as_of: The moment at which the trace begins as ISO text; all clocks show it plus the Step's `at_s`.
        spin_share: How much longer every request is made, as a share of its own time (the positive control).
        cache_pid: Process of the cache server, whose CPU clock is read; None where it is unknown.
        probed: False measures latency_s alone: the baseline for the benchmark of perflab's own cost.
        environment: Environment variables that the process starts with, beside those of the experiment.
        folder: The cell's folder, in which its files are; None for a worker without guards.
        origins: The project's folders, by their places in the cell's.
        allowed: What the worker may connect to.
        python: The project's interpreter; None for the experiment's own.
        path: Folders that come before the packages of the project's interpreter.
        directory: The working directory of the worker; the experiment's if None.
        endless: Names of streams that do not end, as the first requests showed.
    """

    cell: str
    settings_module: str | None
    settings: Mapping[str, Any] = field(default_factory=dict)
    auth: str | None = None
    host: str = HOST
    as_of: str | None = None
    spin_share: float = 0.0
    cache_pid: int | None = None
    probed: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: str | None = None
    origins: Mapping[str, Origin] = field(default_factory=dict)
    allowed: Sequence[str] = ()
    python: str | None = None
    path: Sequence[str] = ()
    directory: str | None = None
    endless: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Ready:
    """Report that the worker is set up, and how many `seconds` that took."""

    seconds: float


@dataclass(frozen=True, slots=True)
class ExecuteBlock:
    """Execute these Steps; the first one not before the monotonic clock, which all processes share, shows `not_before_s`."""

    steps: Sequence[Step]
    not_before_s: float | None = None


@dataclass(frozen=True, slots=True)
class HoldBlock:
    """Execute these Steps as ExecuteBlock does, but let each query wait for `pause_s` before it is sent."""

    steps: Sequence[Step]
    pause_s: float
    not_before_s: float | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """Return the Samples of one block, in the order of its Steps.

    Attributes:
        samples: One per Step.
        digests_s: How long it took to make the responses comparable.
        recorded: Queries and cache operations of the checks, by the number of the Step.
        statement_count: How many statements the block sent through Django, see probes/queries.py.
        statements_between: How many were sent between the block before and this one, by logins.
        not_compared: Why responses could not be compared, or not as a whole, by the endpoint.
        writing_reads: The reads of the warm-up that wrote, by the endpoint.
    """

    samples: list[Sample]
    digests_s: float = 0.0
    recorded: dict[int, Recorded] = field(default_factory=dict)
    statement_count: int | None = None
    statements_between: int | None = None
    not_compared: dict[str, str] = field(default_factory=dict)
    writing_reads: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ProfileBlock:
    """Execute these Steps under a sampling profiler, which samples every `interval_s` and slows them down."""

    steps: Sequence[Step]
    interval_s: float


@dataclass(frozen=True, slots=True)
class Profiled:
    """Return what a block under the profiler did, and every sample of its requests."""

    done: Done
    samples: list[AttributedSample]


@dataclass(frozen=True, slots=True)
class SendResponses:
    """Send the responses to these Steps of the last block, as documents."""

    steps: Sequence[int]


@dataclass(frozen=True, slots=True)
class IgnoreFields:
    """Leave exactly these places of an endpoint's responses out of digests from now on; they are masked in this order."""

    endpoint: str
    masks: tuple[Mask, ...]


@dataclass(frozen=True, slots=True)
class WarmUp:
    """Execute those of these Steps that can change the data or the caches; nothing is measured.

    Attributes:
        steps: The Steps.
        whole: Execute all of them.
    """

    steps: Sequence[Step]
    whole: bool = False


@dataclass(frozen=True, slots=True)
class WarmedUp:
    """Report what a part of the warm-up did.

    Attributes:
        executed: How many requests were executed.
        checked: How many of them could have been skipped, and were executed to see whether that is true.
        changed: How many of those changed something.
        hits: The cache lookups that hit, those of skipped requests among them.
        misses: The cache lookups that missed.
        failed: How many requests failed.
        longest_ttl_s: The longest time to live of an entry so far; None before the first one, infinity for one without an end.
        computed: The digests of the responses that no cache served, by the number of the Step.
    """

    executed: int
    checked: int
    changed: int
    hits: int
    misses: int
    failed: int
    longest_ttl_s: float | None
    computed: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SendMemory:
    """Send the entries of caches in this process's memory."""


@dataclass(frozen=True, slots=True)
class RestoreCaches:
    """Take over the entries that were put into the caches: those given here into memory, those on a server with their time."""

    memory: Mapping[str, MemoryEntries]


@dataclass(frozen=True, slots=True)
class LogIn:
    """Log the callers of these Steps in without making the requests."""

    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class SendHeaders:
    """Send the headers that the requests of these Steps have, logins included: somebody else makes the requests."""

    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class ForgetLogins:
    """Log every caller in again: the caches, which may have held their sessions, have been emptied."""


@dataclass(frozen=True, slots=True)
class SendContacts:
    """Send what the project did beyond its cell since the last time: contacts, each with its count."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Report that the worker cannot continue: one line for people, and the traceback for the log."""

    message: str
    traceback: str


class ProgressCell:
    """Share the number of the Step that a worker is executing."""

    SIZE = 8

    def __init__(self, fd: int) -> None:
        self._memory = mmap.mmap(fd, self.SIZE)

    def set(self, step: int) -> None:
        """Write the number of the Step, or NO_STEP."""
        struct.pack_into("q", self._memory, 0, step)

    def get(self) -> int:
        """Read the number of the Step, or NO_STEP."""
        return int(struct.unpack_from("q", self._memory, 0)[0])

    def close(self) -> None:
        """Release the memory."""
        self._memory.close()
