"""A worker's block whose queries are held up."""

from __future__ import annotations

from pathlib import Path

from perflab.worker.handle import WorkerHandle
from perflab.worker.protocol import WorkerConfig
from tests.perflab.steps import step_of

COUNTING = "tests.projects.counting"
PAUSE_S = 0.2


def test_each_query_waits_before_it_is_sent_and_later_ones_do_not(tmp_path: Path) -> None:
    config = WorkerConfig("all_on", COUNTING, {"ALLOWED_HOSTS": ["*"]})
    handle = WorkerHandle.start(config, tmp_path / "worker.log", hash_seed=1)
    try:
        handle.wait_ready()
        steps = [step_of("/locked/none/1/")]
        handle.hold(steps, PAUSE_S)
        (held,) = handle.done(steps).samples
        (after,) = handle.block([step_of("/locked/none/2/", 1)]).samples
    finally:
        handle.stop()
    assert (held.status, held.query_count, after.status, after.query_count) == (200, 1, 200, 1)
    assert held.latency_s is not None and after.latency_s is not None
    assert held.latency_s >= PAUSE_S, "it sleeps at least so long"
    assert after.latency_s < held.latency_s
