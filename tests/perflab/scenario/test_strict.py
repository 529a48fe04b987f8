"""The moment at which the data ends; test_loading.py has the models that the rest is the base of."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from perflab.scenario.strict import moment_of, parsed, trace_start

DAY = date(2025, 10, 20)


def test_a_date_is_its_beginning_in_utc_and_a_time_has_a_zone() -> None:
    assert parsed("2025-10-20") == DAY
    assert type(parsed("2025-10-20")) is date
    assert moment_of(DAY) == datetime(2025, 10, 20, tzinfo=UTC)
    assert moment_of(parsed("2025-10-20T18:30+02:00")) == datetime(2025, 10, 20, 16, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2025-10-20T18:30", "2025-13-01", "20.10.2025", "soon"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - its text is for nobody
        parsed(text)


@pytest.mark.parametrize(
    ("zone", "hours"), [("UTC", 0), ("America/Chicago", 5), ("Europe/Berlin", 0), ("Nowhere/Atall", 0), (None, 0)]
)
def test_the_trace_of_a_day_begins_when_it_is_that_day_in_the_project_too(zone: str | None, hours: int) -> None:
    assert trace_start(DAY, zone) == datetime(2025, 10, 20, hours, tzinfo=UTC)


def test_a_time_is_the_same_in_every_zone() -> None:
    moment = parsed("2025-10-20T18:30+02:00")
    assert trace_start(moment, "America/Chicago") == moment
