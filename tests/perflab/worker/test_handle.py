"""A real worker process, on the smallest project there is."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest

from perflab.errors import WorkerDied
from perflab.run.response import Mask, digest
from perflab.servers.valkey import ValkeyServer
from perflab.worker.handle import WorkerHandle
from perflab.worker.protocol import WorkerConfig
from perflab.workload.steps import Step
from tests.perflab.steps import step_of

TINY = "tests.projects.tiny"


@contextmanager
def worker(tmp_path: Path, **config: object) -> Iterator[WorkerHandle]:
    defaults = {"cell": "all_on", "settings_module": TINY, "settings": {"ALLOWED_HOSTS": ["*"]}}
    handle = WorkerHandle.start(WorkerConfig(**{**defaults, **config}), tmp_path / "worker.log", hash_seed=1)  # type: ignore[arg-type]
    try:
        handle.wait_ready()
        yield handle
    finally:
        handle.stop()


def get(path: str, number: int = 0, at_s: float = 0.0) -> Step:
    return step_of(path, number, at_s=at_s)


def test_samples_come_back_in_order_with_what_a_request_cost(tmp_path: Path) -> None:
    with worker(tmp_path) as handle:
        samples = handle.block([get("/greet/", step) for step in (3, 4, 5)]).samples
    assert [sample.step for sample in samples] == [3, 4, 5]
    for sample in samples:
        assert sample.status == 200
        assert sample.error is None
        assert sample.latency_s is not None and sample.latency_s > 0
        assert sample.app_cpu_s is not None and sample.app_cpu_s > 0
        assert sample.db_cpu_s is None, "SQLite has no backend process: unknown, not 0"
        assert sample.cache_cpu_s is None
        assert sample.response_bytes is not None and sample.response_bytes > 0


def test_queries_and_duplicates_are_counted(tmp_path: Path) -> None:
    with worker(tmp_path) as handle:
        (sample,) = handle.block([get("/query/")]).samples
    assert (sample.query_count, sample.duplicate_query_count) == (4, 2)
    assert sample.query_time_s is not None and sample.latency_s is not None
    assert 0 < sample.query_time_s < sample.latency_s


def test_cache_operations_are_counted_and_entries_expire_in_trace_time(tmp_path: Path) -> None:
    caches = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    with worker(tmp_path, settings={"ALLOWED_HOSTS": ["*"], "CACHES": caches}, as_of="2025-10-20") as handle:
        done = handle.block([get("/cached/", n, at_s) for n, at_s in enumerate((0.0, 99.0, 101.0, 102.0))])
    counted = [(s.cache_hits, s.cache_misses, s.cache_sets) for s in done.samples]
    assert counted == [(0, 1, 1), (1, 0, 0), (0, 1, 1), (1, 0, 0)]


@pytest.mark.servers
@pytest.mark.parametrize("backend", ["redis.RedisCache", "filebased.FileBasedCache", "locmem.LocMemCache"])
def test_entries_expire_in_the_time_that_the_project_is_shown(
    tmp_path: Path, valkey: ValkeyServer, backend: str
) -> None:
    """Years before the real time: neither a server nor a file takes an entry for long over."""
    place = valkey.key_space("test_handle").url if backend.startswith("redis") else str(tmp_path / "kept")
    caches = {"default": {"BACKEND": f"django.core.cache.backends.{backend}", "LOCATION": place}}
    with worker(tmp_path, settings={"ALLOWED_HOSTS": ["*"], "CACHES": caches}, as_of="2015-10-20T00:00:00") as handle:
        done = handle.block([get("/cached/", n, at_s) for n, at_s in enumerate((0.0, 99.0, 101.0, 102.0))])
    valkey.forget()
    assert [(s.cache_hits, s.cache_misses) for s in done.samples] == [(0, 1), (1, 0), (0, 1), (1, 0)]


def test_the_same_request_has_the_same_digest_in_workers_with_other_hash_seeds(tmp_path: Path) -> None:
    digests = set()
    for seed in (1, 2):
        handle = WorkerHandle.start(
            WorkerConfig("all_on", TINY, {"ALLOWED_HOSTS": ["*"]}, as_of="2025-10-20"), tmp_path / "log", seed
        )
        handle.wait_ready()
        digests.add(handle.block([get("/greet/", 1, 2.5)]).samples[0].response_digest)
        handle.stop()
    assert len(digests) == 1, "the trace's clock makes answers that carry the time agree"


def test_a_setting_a_user_and_a_body_reach_the_project(tmp_path: Path) -> None:
    with worker(tmp_path, auth=f"{TINY}:headers", settings={"ALLOWED_HOSTS": ["*"], "GREETING": "changed"}) as handle:
        post = step_of("/greet/?page=2", method="POST", body=json.dumps({"a": 1}), user=7)
        plain, changed = (handle.block([step]).samples[0] for step in (get("/greet/"), post))
    assert plain.response_digest != changed.response_digest
    assert changed.status == 200


def test_headers_are_those_of_the_requests_with_logins_for_whoever_makes_them_instead(tmp_path: Path) -> None:
    steps = [
        step_of("/greet/", user=7),
        step_of("/greet/", method="POST", body='{"a": 1}', user=8, headers={"X-Own": "1"}),
        step_of("/greet/", method="POST", body="a=1", headers={"content-type": "text/plain", "Host": "api.example"}),
        step_of("/greet/", method="POST", body=""),
    ]
    with worker(tmp_path, auth=f"{TINY}:headers", host="shop.example") as handle:
        first, second, third, fourth = handle.headers(steps)
        assert handle.headers([]) == []
        (sample,) = handle.block([get("/greet/")]).samples
    assert sample.status == 200, "the worker goes on"
    assert first == {"Host": "shop.example", "Authorization": "Bearer 7"}
    wanted = {"Authorization": "Bearer 8", "X-Own": "1", "Content-Type": "application/json", "Host": "shop.example"}
    assert second.items() >= wanted.items()
    assert third["Host"] == "api.example" and third["content-type"] == "text/plain"
    assert "Content-Type" not in third and "Authorization" not in third
    assert fourth["Content-Type"] == "application/json"


def test_the_calibration_requests_headers_are_the_steps_own(tmp_path: Path) -> None:
    with worker(tmp_path, cell="reference", settings_module=None) as handle:
        (headers,) = handle.headers([step_of("/", headers={"X-Own": "1"}, user=7)])
    assert headers == {"Host": "localhost", "X-Own": "1"}


def test_a_login_that_raises_while_headers_are_made_is_one_line(tmp_path: Path) -> None:
    with (
        worker(tmp_path, auth=f"{TINY}:fail") as handle,
        pytest.raises(WorkerDied, match=r"cell all_on: the worker failed: .*broken on purpose"),
    ):
        handle.headers([step_of("/greet/", user=7)])


def test_responses_are_sent_on_request_and_fields_are_ignored_from_then_on(tmp_path: Path) -> None:
    with worker(tmp_path) as handle:
        step = replace(get("/greet/", 3), endpoint="greet")
        before = handle.block([step]).samples[0].response_digest
        (document,) = handle.responses([3])
        assert document is not None and document["status"] == 200
        handle.ignore("greet", [Mask("/body")])
        after = handle.block([step]).samples[0].response_digest
    assert before == digest(document) != after == digest(document, [Mask("/body")])


def test_two_workers_begin_at_the_moment_that_both_are_given(tmp_path: Path) -> None:
    with worker(tmp_path) as first, worker(tmp_path) as other:
        warm = [get("/greet/")]
        first.block(warm), other.block(warm)
        at = monotonic() + 0.05
        steps = [get("/greet/", number) for number in (1, 2)]
        for handle in (first, other):
            handle.begin(steps, at)
        samples = [handle.done(steps).samples for handle in (first, other)]
    assert [[sample.step for sample in theirs] for theirs in samples] == [[1, 2], [1, 2]]
    assert all(theirs[0].started_s >= at for theirs in samples)


def test_a_server_error_is_a_sample_with_an_error(tmp_path: Path) -> None:
    with worker(tmp_path) as handle:
        failed, fine = handle.block([get("/fail/", 0), get("/greet/", 1)]).samples
    assert failed.status == 500 and failed.error is not None
    assert re.fullmatch(
        r"returned 500 \(RuntimeError: broken on purpose at tests/projects/tiny\.py:\d+\)", failed.error
    )
    assert fine.error is None
    assert "broken on purpose" in (tmp_path / "worker.log").read_text()


def test_the_positive_control_is_slower_by_its_share_inside_the_clocks(tmp_path: Path) -> None:
    """Spinning for nine times its own time must at least double the latency, on the noisiest machine."""
    with worker(tmp_path) as plain, worker(tmp_path, spin_share=9.0) as canary:
        warm = [get("/query/", n) for n in range(30)]
        fast, slow = (sorted(s.latency_s for s in w.block(warm).samples)[15] for w in (plain, canary))  # type: ignore[type-var]
    assert slow > 2 * fast  # type: ignore[operator]


def test_a_request_that_hangs_is_named_and_the_process_ended(tmp_path: Path) -> None:
    with worker(tmp_path, cell="all_off") as handle:
        with pytest.raises(WorkerDied, match=r"cell all_off, GET /hang/: the worker did not respond within 0.6 s"):
            handle.block([get("/greet/", 0), get("/hang/", 1)], timeout_s=0.6)
        assert handle.process.returncode is not None


def test_a_worker_that_is_killed_is_named_with_its_signal(tmp_path: Path) -> None:
    with (
        worker(tmp_path) as handle,
        pytest.raises(WorkerDied, match=r"cell all_on, GET /die/: the worker died \(signal 9\)"),
    ):
        handle.block([get("/greet/", 0), get("/die/", 1)])


def test_the_signal_that_ends_a_silent_worker_is_not_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is perflab's own, and says nothing of what was wrong."""
    monkeypatch.setattr("perflab.worker.handle.START_TIMEOUT_S", 0.1)
    with worker(tmp_path) as handle:
        handle.process.send_signal(signal.SIGSTOP)
        with pytest.raises(WorkerDied, match=r"the worker did not respond within 0 s; see worker\.log"):
            handle.responses([0])
        assert handle.process.returncode == -signal.SIGKILL


def test_settings_that_cannot_be_set_up_are_one_line(tmp_path: Path) -> None:
    handle = WorkerHandle.start(WorkerConfig("all_on", "no.such.settings"), tmp_path / "worker.log")
    with pytest.raises(WorkerDied, match=r"the settings no.such.settings cannot be set up") as caught:
        handle.wait_ready()
    assert "\n" not in str(caught.value)
    assert "Traceback" in (tmp_path / "worker.log").read_text()


def test_the_calibration_request_has_no_subject(tmp_path: Path) -> None:
    with worker(tmp_path, cell="reference", settings_module=None) as handle:
        (sample,) = handle.block([get("/perflab-reference")]).samples
    assert sample.status == 200
    assert sample.query_count is None and sample.cache_hits is None and sample.db_cpu_s is None
    assert sample.app_cpu_s is not None
