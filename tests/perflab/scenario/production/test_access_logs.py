"""Access logs by endpoint and day: what counts, what does not, and that no value of a request is kept."""

from __future__ import annotations

import gzip
import json
from dataclasses import astuple
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from perflab.errors import InputError
from perflab.run.scenario import Endpoint
from perflab.scenario.production.access_logs import read_period

ENDPOINTS = (
    Endpoint("list", path="/books/?page=1"),
    Endpoint("book", path="/books/{isbn}/"),
    Endpoint("gone", path="/gone/", expects=410),
)


def line(path: str, seconds: str, at: str = "10/Oct/2025:13:55:36 +0000", status: int = 200) -> str:
    return f'1.2.3.4 - secret [{at}] "GET {path} HTTP/1.1" {status} 5 "-" "ua" {seconds}\n'


def test_times_are_grouped_by_endpoint_and_day_of_utc(tmp_path: Path) -> None:
    log = tmp_path / "access.log.gz"
    lines = [
        line("/books/?page=7", "0.1"), line("/books/", "0.2"), line("/books/", "0.9"), line("/books/secret-1/", "0.5"),
        line("/books/", "0.4", "11/Oct/2025:01:00:00 +0200"), line("/books/", "0.3", "11/Oct/2025:03:00:00 +0200"),
        line("/books/", "9.9", status=500), line("/gone/", "0.7", status=410), line("/books/", "-"),
        line("/elsewhere", "0.1"), "nonsense\n",
    ]  # fmt: skip
    log.write_bytes(gzip.compress("".join(lines).encode()))
    period = read_period([log], ENDPOINTS)
    tenth, eleventh = date(2025, 10, 10), date(2025, 10, 11)
    assert astuple(period.endpoints["list"][tenth]) == pytest.approx((4, 0.4, 0.3))
    assert period.endpoints["list"][eleventh].requests == 1
    assert period.endpoints["gone"][tenth].mean_s == 0.7, "that is what it is meant to return"
    assert (period.timed, period.failed, period.untimed, period.others, period.unreadable) == (7, 1, 1, 1, 1)
    assert period.requests == {tenth: 9, eleventh: 1}
    assert "secret" not in repr(period)


def test_json_lines_have_units_in_their_names(tmp_path: Path) -> None:
    log = tmp_path / "access.json"
    rows: list[dict[str, Any]] = [
        {"request_time": 0.2},
        {"duration_ms": 200},
        {"request_time": "0.2"},
        {"duration": 3},
        {"request_time": float("nan")},
    ]
    base = {"method": "GET", "path": "/books/", "status": 200, "time": "2025-10-10T00:00:00+00:00"}
    log.write_text("\n".join(json.dumps({**base, **row}) for row in rows))
    period = read_period([log], ENDPOINTS)
    assert astuple(period.endpoints["list"][date(2025, 10, 10)]) == pytest.approx((3, 0.2, 0.2))
    assert period.untimed == 2


@pytest.mark.parametrize("moment", [1e300, -1e18, 4e12])
def test_a_moment_that_no_date_names_is_unknown(tmp_path: Path, moment: float) -> None:
    log = tmp_path / "access.json"
    log.write_text(json.dumps({"method": "GET", "path": "/books/", "status": 200, "ts": moment, "request_time": 1}))
    period = read_period([log], ENDPOINTS)
    assert period.untimed + period.timed == 1


def test_what_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "access.log.gz").write_bytes(b"torn")
    with pytest.raises(InputError, match="cannot read"):
        read_period([tmp_path / "access.log.gz"], ENDPOINTS)
