"""Samples: how they are read, and which request each belongs to."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from perflab.worker.probes.sampling import (
    AttributedSample,
    RequestWindow,
    Sampler,
    StackSample,
    attributed,
    frame_of,
)
from perflab.worker.probes.stacks import Frame, Stacks

ROOT = Path(__file__).resolve().parents[4]
VIEW = Frame("job", f"{ROOT}/shop/views.py", 42)
HANDLER = Frame("get_response", "/lib/site-packages/django/core/handlers/base.py", 9)
STACKS = Stacks(ROOT)


def look(at_s: float, *stack: Frame, seconds: float = 0.5) -> StackSample:
    return StackSample(at_s, seconds, stack)


def test_a_frame_is_read_as_pyinstrument_writes_it() -> None:
    assert frame_of("job\x00/shop/views.py\x0040\x01cView\x01l42") == Frame("job", "/shop/views.py", 42)
    assert frame_of("recv\x00<built-in>\x000") == Frame("recv", "<built-in>", None)


def test_a_sample_belongs_to_the_request_during_which_it_was_taken() -> None:
    windows = [RequestWindow("job", 1.0, 2.0), RequestWindow("profile", 3.0, 4.0)]
    looks = [
        look(0.5, VIEW), look(1.2, VIEW, HANDLER), look(1.9, HANDLER), look(2.5, VIEW), look(3.5, HANDLER, seconds=0.25),
        look(4.5, VIEW), look(5.0, VIEW),
    ]  # fmt: skip
    assert list(attributed(looks, windows, STACKS)) == [
        AttributedSample("job", "application", "shop/views.py:42 job", 0.5),
        AttributedSample("job", "middleware", None, 0.5),
        AttributedSample("profile", "middleware", None, 0.25),
    ]


def test_requests_too_short_to_be_seen_and_samples_of_the_lab_alone_are_left_out() -> None:
    windows = [RequestWindow("short", 1.0, 1.1), RequestWindow("job", 1.2, 2.0)]
    own_stack = Frame("main", "<frozen runpy>")
    assert [sample.endpoint for sample in attributed([look(1.5, VIEW), look(1.6, own_stack)], windows, STACKS)] == [
        "job"
    ]
    assert list(attributed([look(1.5, VIEW)], [], STACKS)) == []


def busy(until: int) -> int:
    return sum(len(str(number)) for number in range(until))


def test_a_real_sampler_sees_this_function_and_covers_its_time() -> None:
    with Sampler(0.0005) as sampler:
        for _ in range(20):
            busy(20_000)
    looks = list(sampler.samples())
    assert len(looks) > 5
    assert all(before.at_s < after.at_s for before, after in pairwise(looks))
    assert looks[-1].at_s - looks[0].at_s == pytest.approx(sum(sample.seconds for sample in looks[1:]))
    names = {frame.function for sample in looks for frame in sample.stack}
    assert "busy" in names
    line = next(frame.line for sample in looks for frame in sample.stack if frame.function == "busy")
    assert line is not None and line > 1
