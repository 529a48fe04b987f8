"""Python's own clocks in trace time. Other tests need the real ones, so these are put back."""

from __future__ import annotations

import copy
import datetime as dt
import functools
import json
import logging
import pickle
import time
import zoneinfo
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from perflab.worker.clock import TraceClock
from perflab.worker.clock.python import PythonClocks
from perflab.worker.clock.trace import MAX_READINGS

SECONDS = 1_760_977_800  # 2025-10-20T16:30Z
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")


@pytest.fixture
def clock() -> Iterator[TraceClock]:
    clock = TraceClock("2025-10-20T18:30+02:00")
    clocks = PythonClocks(clock)
    assert clocks.install() == []
    yield clock
    clocks.restore()


def test_all_clocks_that_show_the_date_show_the_traces(clock: TraceClock) -> None:
    utc = dt.datetime(2025, 10, 20, 16, 30, tzinfo=dt.UTC)
    assert time.time() == SECONDS and time.time_ns() == SECONDS * 10**9
    assert time.clock_gettime(time.CLOCK_REALTIME) == SECONDS
    assert time.clock_gettime_ns(time.CLOCK_REALTIME) == SECONDS * 10**9
    assert time.gmtime()[:5] == (2025, 10, 20, 16, 30)
    assert time.mktime(time.localtime()) == SECONDS
    assert time.strftime("%Y-%m") == "2025-10" and "2025" in time.ctime() and "2025" in time.asctime()
    assert datetime.now(dt.UTC) == utc == timezone.now()
    assert datetime.now(BERLIN).hour == 18 and datetime.now(tz=BERLIN).tzinfo is BERLIN
    assert datetime.now() == datetime.today() == datetime.fromtimestamp(SECONDS)  # noqa: DTZ002, DTZ005, DTZ006
    assert datetime.utcnow() == utc.replace(tzinfo=None)  # noqa: DTZ003
    assert date.today() == date.fromtimestamp(SECONDS)  # noqa: DTZ011, DTZ012


def test_given_times_are_what_they_were(clock: TraceClock) -> None:
    assert time.gmtime(0)[:3] == (1970, 1, 1) and time.localtime(0) == time.localtime(0.0)
    assert time.strftime("%Y", time.gmtime(0)) == "1970" and "1970" in time.asctime(time.gmtime(0))
    assert datetime.fromtimestamp(0, dt.UTC).year == 1970
    with pytest.raises(TypeError):
        datetime.now(5)  # type: ignore[arg-type]


def test_monotonic_clocks_are_the_machines(clock: TraceClock) -> None:
    readings = [time.perf_counter_ns(), time.monotonic_ns(), time.process_time_ns(), time.thread_time_ns()]
    for _ in range(1000):
        pass
    assert readings < [time.perf_counter_ns(), time.monotonic_ns(), time.process_time_ns(), time.thread_time_ns()]
    assert time.clock_gettime(time.CLOCK_MONOTONIC) <= time.monotonic()


def test_a_clock_as_an_attribute_of_a_class_is_called_without_self(clock: TraceClock) -> None:
    class Throttle:
        timer: Any = time.time

    assert Throttle().timer() == SECONDS


def test_the_classes_are_the_real_ones(clock: TraceClock) -> None:
    """What a driver makes has the same type as what the project makes."""
    own, drivers = datetime.now(), datetime.fromisoformat("2025-10-20")  # noqa: DTZ005
    assert type(own) is type(drivers) is datetime and type(date.today()) is date  # noqa: DTZ011
    assert issubclass(type(own), date)
    assert pickle.loads(pickle.dumps(own)) == copy.deepcopy(own) == own
    assert json.dumps({"now": timezone.now()}, cls=DjangoJSONEncoder) == '{"now": "2025-10-20T16:30:00Z"}'

    @functools.singledispatch
    def kind(value: object) -> str:
        return "another"

    kind.register(datetime, lambda value: "datetime")
    assert kind(own) == "datetime"


def test_a_subclass_gets_its_own_kind(clock: TraceClock) -> None:
    class Moment(datetime):
        pass

    assert type(Moment.now()) is type(Moment.now(dt.UTC)) is type(Moment.utcnow()) is type(Moment.today()) is Moment


def test_time_stands_still_within_a_request_and_sleeping_moves_it(clock: TraceClock) -> None:
    assert time.time() == time.time() and datetime.now() == datetime.now()  # noqa: DTZ005
    time.sleep(0.001)
    assert time.time() == SECONDS + 0.001
    clock.at_s = 60
    assert time.time() == SECONDS + 60


def test_a_loop_that_waits_for_a_moment_ends(clock: TraceClock) -> None:
    until, readings = time.time() + 0.001, 0
    while time.time() < until:
        readings += 1
    assert MAX_READINGS < readings < 2 * MAX_READINGS


def test_functions_that_were_imported_by_name_move_too(clock: TraceClock, monkeypatch: pytest.MonkeyPatch) -> None:
    assert logging.makeLogRecord({}).created == SECONDS
    from email.utils import formatdate

    assert formatdate().startswith("Mon, 20 Oct 2025")


def test_afterwards_all_clocks_are_the_machines_again() -> None:
    clocks = PythonClocks(TraceClock("2001-01-01"))
    before = vars(dt.datetime)["now"]
    clocks.install()
    assert dt.date.today().year == 2001  # noqa: DTZ011
    clocks.restore()
    assert dt.date.today().year > 2001 and time.time() > SECONDS  # noqa: DTZ011
    assert vars(dt.datetime)["now"] is before
