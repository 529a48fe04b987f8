"""A warm-up that skips what changes nothing ends in the state of one that executes everything."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

from perflab.servers.valkey import ValkeyServer
from perflab.worker.handle import WorkerHandle
from perflab.worker.protocol import WarmedUp, WorkerConfig
from perflab.workload.steps import Step
from tests.perflab.steps import step_of

PROJECT = "tests.projects.warming"
# What stands in the path, how often it is drawn, and whether it writes; `#` is a popular number.
TRAFFIC = {"/shown/#/": (12, False), "/own/#/": (5, False), "/plain/#/": (4, False), "/change/#/": (2, True)}
ON_SERVER = {"/tallied/": (3, False), "/raw/#/": (1, False)}


def traffic(requests: Mapping[str, tuple[int, bool]], count: int = 900, seed: int = 1) -> list[Step]:
    """Some minutes of traffic, a request every quarter of a second."""
    rng = random.Random(seed)
    steps = []
    for number in range(count):
        (name,) = rng.choices([*requests], [weight for weight, _ in requests.values()])
        thing, user = min(int(rng.paretovariate(0.8)), 30), rng.randrange(1, 6)
        writes = requests[name][1]
        method = "POST" if writes else "GET"
        endpoint = name.partition("#")[0].strip("/")
        steps.append(
            step_of(name.replace("#", str(thing)), number, at_s=number / 4, endpoint=endpoint, method=method, user=user,
                    writes=writes, phase="warmup")
        )  # fmt: skip
    return steps


@contextmanager
def worker(tmp_path: Path, cache: Mapping[str, Any], **settings: Any) -> Iterator[WorkerHandle]:
    own = {"ALLOWED_HOSTS": ["*"], "CACHES": {"default": dict(cache)}, **settings}
    config = WorkerConfig("all_on", PROJECT, own, auth=f"{PROJECT}:headers", as_of="2025-10-20")
    handle = WorkerHandle.start(config, tmp_path / "worker.log", hash_seed=1)
    try:
        handle.wait_ready()
        yield handle
    finally:
        handle.stop()


def warmed(handle: WorkerHandle, steps: Sequence[Step], whole: bool = False) -> WarmedUp:
    handle.begin_warm_up(steps, whole)
    return handle.warmed_up(steps)


MEMORY = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "warming"}


def test_entries_in_memory_are_those_of_all_requests(tmp_path: Path) -> None:
    steps = traffic(TRAFFIC)
    with worker(tmp_path, MEMORY) as handle:
        some, memory = warmed(handle, steps), handle.memory()
    with worker(tmp_path, MEMORY) as handle:
        every, expected = warmed(handle, steps, whole=True), handle.memory()
    assert memory == expected and len(memory["warming"][0]) > 20
    assert (some.hits, some.misses) == (every.hits, every.misses)
    assert every.executed == len(steps) and some.executed < 0.75 * len(steps)
    assert some.changed == some.failed == 0 < some.checked < 30
    assert some.longest_ttl_s == float("inf")


@pytest.mark.servers
def test_entries_on_a_server_and_counters_are_those_of_all_requests(tmp_path: Path, valkey: ValkeyServer) -> None:
    steps = traffic({**TRAFFIC, **ON_SERVER})
    states, counts = [], []
    for whole in (False, True):
        place = valkey.key_space(f"test_warming {whole}").url
        cache = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": place}
        with worker(tmp_path, cache) as handle:
            counts.append(warmed(handle, steps, whole))
        client = redis.Redis.from_url(place)
        states.append({key: (client.get(key), client.pexpiretime(key)) for key in client.scan_iter()})
        client.close()
    valkey.forget()
    assert states[0] == states[1]
    tally, _ = states[0][b":1:tally"]
    assert int(tally or 0) == sum(step.path == "/tallied/" for step in steps)
    some, every = counts
    assert (some.hits, some.misses, some.changed) == (every.hits, every.misses, 0)
    assert some.executed < 0.75 * every.executed


def test_an_entry_that_is_prolonged_at_every_request_is_no_pure_hit(tmp_path: Path) -> None:
    steps = traffic({**TRAFFIC, "/slides/": (3, False)}, 400)
    with worker(tmp_path, MEMORY) as handle:
        warmed(handle, steps)
        _, ends = handle.memory()["warming"]
    with worker(tmp_path, MEMORY) as handle:
        warmed(handle, steps, whole=True)
        _, expected = handle.memory()["warming"]
    assert ends == expected


def test_what_was_skipped_wrongly_is_noticed_and_ends_the_skipping(tmp_path: Path) -> None:
    steps = [step_of("/surprise/", n, at_s=n / 4, endpoint="surprise", user=1, phase="warmup") for n in range(2000)]
    with worker(tmp_path, MEMORY, SURPRISE_AFTER=32) as handle:
        first, later = warmed(handle, steps[:1000]), warmed(handle, steps[1000:])
    assert first.changed == 1 and first.executed < 1000
    assert later.executed == 1000, "nothing is skipped any more"


def test_a_full_cache_that_drops_entries_by_itself_is_replayed_whole(tmp_path: Path) -> None:
    steps = traffic(TRAFFIC)
    with worker(tmp_path, {**MEMORY, "OPTIONS": {"MAX_ENTRIES": 10}}) as handle:
        done, memory = warmed(handle, steps), handle.memory()
    with worker(tmp_path, {**MEMORY, "OPTIONS": {"MAX_ENTRIES": 10}}) as handle:
        warmed(handle, steps, whole=True)
        expected = handle.memory()
    assert done.executed > 0.9 * len(steps)
    assert memory["warming"][0].keys() == expected["warming"][0].keys()


def test_every_request_is_executed_where_the_cache_is_one_that_nobody_knows(tmp_path: Path) -> None:
    steps = traffic(TRAFFIC)
    with worker(tmp_path, {"BACKEND": f"{PROJECT}.ForgetfulCache"}) as handle:
        assert warmed(handle, steps).executed == len(steps)


def test_another_process_takes_the_entries_over_and_they_expire_in_its_trace(tmp_path: Path) -> None:
    look = [step_of("/shown/1/", n, at_s=at_s, endpoint="shown", user=1) for n, at_s in enumerate((20.0, 41.0))]
    with worker(tmp_path, MEMORY) as handle:
        warmed(handle, [step_of("/shown/1/", at_s=0.0, endpoint="shown", user=1, phase="warmup")])
        memory = handle.memory()
    with worker(tmp_path, MEMORY) as handle:
        assert handle.restore(memory) == 0
        assert [sample.cache_hits for sample in handle.block(look).samples] == [1, 0]


@pytest.mark.servers
def test_another_process_learns_when_entries_on_a_server_expire(tmp_path: Path, valkey: ValkeyServer) -> None:
    look = [step_of("/shown/1/", n, at_s=at_s, endpoint="shown", user=1) for n, at_s in enumerate((20.0, 41.0))]
    cache = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": valkey.key_space("0 learn 0").url}
    with worker(tmp_path, cache) as handle:
        warmed(handle, [step_of("/shown/1/", at_s=0.0, endpoint="shown", user=1, phase="warmup")])
    assert valkey.copy("0 learn ", "1 learn ") == 1
    with worker(tmp_path, {**cache, "LOCATION": valkey.key_space("1 learn 0").url}) as handle:
        assert handle.restore({}) == 1
        assert [sample.cache_hits for sample in handle.block(look).samples] == [1, 0]
    valkey.forget()
