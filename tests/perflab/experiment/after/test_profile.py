"""The profile's stage with a worker that answers at once: what is profiled, for how long, and the table that it makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from perflab.errors import SubjectError, WorkerDied
from perflab.experiment.after.profile import MAX_LINES, ProfileData, profile_within, rows
from perflab.run.tables import PARTS, PROFILE, Sample
from perflab.worker.probes.sampling import AttributedSample
from perflab.worker.protocol import Done, Profiled
from perflab.workload.steps import Step


@dataclass
class Answering:
    """Answers all, and remembers which blocks were profiled."""

    error: str | None = None
    dies_at: int | None = None
    plain: list[int] = field(default_factory=list)
    profiled: list[int] = field(default_factory=list)

    def block(self, steps: Sequence[Step], timeout_s: float) -> Done:
        self.plain += [step.step for step in steps]
        return self.done(steps)

    def profile(self, steps: Sequence[Step], interval_s: float, timeout_s: float) -> Profiled:
        if self.dies_at in [step.step for step in steps]:
            raise WorkerDied("the worker died")
        self.profiled += [step.step for step in steps]
        return Profiled(self.done(steps), [AttributedSample(step.endpoint, "orm", None, 0.5) for step in steps])

    def done(self, steps: Sequence[Step]) -> Done:
        return Done([sample(step.step, self.error) for step in steps])


def sample(step: int, error: str | None) -> Sample:
    return Sample(**{**dict.fromkeys(Sample.__slots__), "step": step, "error": error})  # type: ignore[arg-type]


def step(number: int, phase: str = "measured") -> Step:
    return Step(
        1, number, number, number / 10, phase, "job", "GET", "/jobs/1", None, 5, None, False  # type: ignore[arg-type]
    )  # fmt: skip


BLOCKS = [[step(0, "warmup")], [step(1)], [step(2)], [step(3)]]


def profiled(worker: Answering, *times: float) -> ProfileData:
    data = ProfileData()
    profile_within(cast(Any, worker), BLOCKS, 2.0, 1.0, data, iter(times).__next__)
    return data


def test_whole_blocks_are_profiled_until_the_time_is_used_and_the_warm_up_never() -> None:
    worker = Answering()
    data = profiled(worker, 0.0, 1.0, 2.5)
    assert (worker.plain, worker.profiled) == ([0], [1, 2])
    assert (len(data.samples), data.requests) == (2, {"job": 2})


def test_at_least_one_block_is_profiled() -> None:
    worker = Answering()
    profiled(worker, 0.0, 99.0)
    assert worker.profiled == [1]


def test_a_request_that_fails_ends_the_stage() -> None:
    with pytest.raises(
        SubjectError, match=r"endpoint job: 1 of 1 requests failed; the first: GET /jobs/1 returned 500"
    ):
        profiled(Answering(error="returned 500"), 0.0)


def test_what_was_seen_before_a_worker_died_is_there() -> None:
    data = ProfileData()
    with pytest.raises(WorkerDied):
        profile_within(cast(Any, Answering(dies_at=2)), BLOCKS, 2.0, 1.0, data, iter([0.0, 0.1]).__next__)
    assert (len(data.samples), data.requests) == (1, {"job": 1})


def test_the_table_has_every_part_and_the_heaviest_lines() -> None:
    seen = [
        AttributedSample("job", "database", "a.py:1 f", 0.3), AttributedSample("job", "database", "a.py:1 f", 0.3),
        AttributedSample("job", "orm", "b.py:2 g", 0.3), AttributedSample("job", "middleware", None, 0.1),
        *(AttributedSample("pay", "application", f"{n}.py:1 f", n) for n in range(1, 9)),
    ]  # fmt: skip
    table = rows(seen, {"job": 3, "pay": 2, "unseen": 1})
    assert all(set(row) <= set(PROFILE.names) for row in table)
    parts = {row["part"]: row for row in table if row["endpoint"] == "job" and "part" in row}
    assert list(parts) == list(PARTS)
    assert parts["database"] == {
        "endpoint": "job", "request_count": 3, "part": "database", "sample_count": 2, "seconds": 0.6,
        "time_share": pytest.approx(0.6),
    }  # fmt: skip
    assert (parts["cache"]["sample_count"], parts["cache"]["time_share"]) == (0, 0)
    assert sum(row["time_share"] for row in parts.values()) == pytest.approx(1)
    lines = [(row["source"], row["seconds"]) for row in table if row["endpoint"] == "job" and "source" in row]
    assert lines == [("a.py:1 f", 0.6), ("b.py:2 g", 0.3)]
    heaviest = [row["source"] for row in table if row["endpoint"] == "pay" and "source" in row]
    assert heaviest == ["8.py:1 f", "7.py:1 f", "6.py:1 f", "5.py:1 f", "4.py:1 f"] and len(heaviest) == MAX_LINES
    assert {row["time_share"] for row in table if row["endpoint"] == "unseen"} == {None}, "unknown, not 0"
