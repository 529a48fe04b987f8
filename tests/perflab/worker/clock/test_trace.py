"""The time of the trace."""

from __future__ import annotations

from perflab.worker.clock import TraceClock


def test_it_is_the_moment_of_the_data_plus_the_steps_time() -> None:
    clock = TraceClock("2025-10-20")
    clock.at_s = 90.5
    assert clock.now().isoformat() == "2025-10-20T00:01:30.500000+00:00"
    assert clock.naive.isoformat() == "2025-10-20T00:01:30.500000"
    assert clock.nanoseconds == 1_760_918_490_500_000_000
    assert clock.seconds == 1_760_918_490.5


def test_a_moment_with_a_zone_is_that_moment() -> None:
    assert TraceClock("2025-10-20T18:30+02:00").now().isoformat() == "2025-10-20T16:30:00+00:00"


def test_whoever_must_know_is_told_of_each_step() -> None:
    clock, moments = TraceClock("2025-10-20"), []
    clock.on_step(lambda: moments.append(clock.at_s))
    clock.at_s = 1.0
    clock.advance(0.5)
    clock.at_s = 2.0
    assert moments == [1.0, 2.0]
