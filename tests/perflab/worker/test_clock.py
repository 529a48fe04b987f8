"""The clock that the subject reads."""

from __future__ import annotations

from perflab.worker.clock import TraceClock


def test_the_traces_clock_is_the_day_of_the_data_plus_the_steps_time() -> None:
    clock = TraceClock("2025-10-20")
    clock.at_s = 90.5
    assert clock.now().isoformat() == "2025-10-20T00:01:30.500000+00:00"
