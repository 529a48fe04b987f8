"""The clock of a server under load. Python's own clocks are put back after each test."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator

import pytest

from perflab.worker.clock.python import PythonClocks
from perflab.worker.clock.running import RunningClock
from perflab.worker.clock.trace import AHEAD_SETTING, MAX_READINGS

DAY_S = 86_400.0
DAY_NS = 86_400 * 10**9
# From before the clocks are moved; not a name of this module's, which would be moved too.
REAL = (time.time_ns, vars(dt.datetime)["now"])


def real_ns() -> int:
    return REAL[0]()


@pytest.fixture
def moved() -> Iterator[Callable[[float], RunningClock]]:
    installed: list[PythonClocks] = []

    def move(ahead_s: float) -> RunningClock:
        clock = RunningClock(ahead_s)
        installed.append(PythonClocks(clock))
        assert installed[-1].install() == []
        return clock

    yield move
    for clocks in installed:
        clocks.restore()


@pytest.mark.parametrize("ahead_s", [3 * DAY_S, -400.25 * DAY_S, 0.0])
def test_it_is_as_far_from_the_machines_time_as_it_was_told(ahead_s: float) -> None:
    clock = RunningClock(ahead_s)
    ahead_ns = round(ahead_s * 1e9)
    before, shown, after = real_ns(), clock.nanoseconds, real_ns()
    assert before + ahead_ns <= shown <= after + ahead_ns
    before, shown_s, after = real_ns(), clock.seconds, real_ns()
    assert (before + ahead_ns) / 1e9 <= shown_s <= (after + ahead_ns) / 1e9


def test_all_of_its_forms_show_the_same_moment_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perflab.worker.clock.running._time_ns", lambda: 1_760_977_800 * 10**9 + 1_999)
    clock = RunningClock(-60.0)
    assert clock.moment == dt.datetime(2025, 10, 20, 16, 29, 0, 1, tzinfo=dt.UTC)
    assert clock.naive == dt.datetime(2025, 10, 20, 16, 29, 0, 1)  # noqa: DTZ001 - it has no zone
    assert clock.nanoseconds == 1_760_977_740 * 10**9 + 1_999
    assert clock.seconds == pytest.approx(1_760_977_740.000002, abs=1e-6)


@pytest.mark.parametrize("days", [900, -900])
def test_pythons_clocks_show_it(moved: Callable[[float], RunningClock], days: int) -> None:
    clock = moved(days * DAY_S)
    real = dt.datetime.fromtimestamp(real_ns() / 1e9, dt.UTC)
    expected = real + dt.timedelta(days=days)
    shown = [dt.datetime.now(dt.UTC), dt.datetime.utcnow().replace(tzinfo=dt.UTC)]  # noqa: DTZ003 - what a project may call
    shown.append(dt.datetime.fromtimestamp(time.time(), dt.UTC))
    shown.append(dt.datetime.fromtimestamp(time.time_ns() / 1e9, dt.UTC))
    for moment in shown:
        assert dt.timedelta(0) <= moment - expected < dt.timedelta(minutes=1)
    assert clock.readings > 0


def test_it_runs_on_within_a_request_and_however_often_it_is_read(moved: Callable[[float], RunningClock]) -> None:
    moved(DAY_S)
    first = time.time_ns()
    readings = [time.time_ns() for _ in range(MAX_READINGS + 2)]
    assert readings == sorted(readings)
    assert len({first, *readings}) > 1, "it does not stand still"
    assert readings[-1] <= real_ns() + DAY_NS, "waiting for a moment does not bring it nearer"


def test_sleeping_and_steps_do_not_move_it(moved: Callable[[float], RunningClock]) -> None:
    clock = moved(DAY_S)
    steps: list[int] = []
    clock.on_step(lambda: steps.append(1))
    clock.advance(3600.0)
    time.sleep(0.0)
    assert clock.nanoseconds <= real_ns() + DAY_NS
    assert steps == []


def test_a_session_of_postgresql_is_told_how_far_ahead_it_is() -> None:
    assert RunningClock(-12.5).setting == (AHEAD_SETTING, -12.5)


def test_afterwards_pythons_clocks_are_the_machines_again() -> None:
    clocks = PythonClocks(RunningClock(DAY_S))
    clocks.install()
    assert time.time_ns() > real_ns()
    clocks.restore()
    assert (time.time_ns, vars(dt.datetime)["now"]) == REAL
