"""The servers of a run: where its processes may run, and when."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from perflab.experiment.host import Pinning, plan_pinning
from perflab.experiment.setup.servers import RunServers

affinity = pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < 2, reason="nothing to choose from"
)


@dataclass
class Server:
    """Notes where it was put."""

    pid: int | None = None
    places: list[list[int]] = field(default_factory=list)

    def pin(self, cpus: Any) -> bool:
        self.places.append(list(cpus))
        return True


def servers(pinning: Pinning) -> tuple[RunServers, Server, Server]:
    database, cache = Server(), Server()
    return RunServers(cast(Any, database), cast(Any, cache), {}, pinning), database, cache


@affinity
def test_only_what_is_measured_is_kept_on_one_core() -> None:
    """What a pinned process starts inherits its core: the next round's clones and workers would be made on one alone."""
    allowed = os.sched_getaffinity(0)
    planned = plan_pinning()
    made, database, cache = servers(planned)
    with made.pinned([]):
        assert os.sched_getaffinity(0) == set(planned.others)
        assert database.places == cache.places == [list(planned.measured)]
    assert os.sched_getaffinity(0) == allowed
    assert database.places[1:] == cache.places[1:] == [sorted(allowed)]


@affinity
def test_workers_have_every_core_after_the_replay_as_checks_run_side_by_side() -> None:
    planned = plan_pinning()
    made, _, _ = servers(planned)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as worker:
        with made.pinned([worker.pid]):
            assert os.sched_getaffinity(worker.pid) == set(planned.measured)
        assert os.sched_getaffinity(worker.pid) == os.sched_getaffinity(0)
        worker.communicate(b"\n")
    with made.pinned([worker.pid]):
        pass  # one that has ended


@affinity
def test_a_failed_replay_gives_the_cores_back_too() -> None:
    allowed = os.sched_getaffinity(0)
    made, _, _ = servers(plan_pinning())
    with pytest.raises(KeyboardInterrupt), made.pinned([]):
        raise KeyboardInterrupt
    assert os.sched_getaffinity(0) == allowed


def test_where_nothing_can_be_pinned_nothing_is_tried() -> None:
    made, database, cache = servers(Pinning(False, (0,), (0,), "there is only one core"))
    with made.pinned([os.getpid()]):
        pass
    assert not database.places and not cache.places
