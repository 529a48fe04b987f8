"""The files of a period: what they are, and the logarithms that they become."""

from __future__ import annotations

import math
from datetime import date, timedelta
from pathlib import Path

import pytest

from perflab.cli.production.collecting import in_both, logarithms, side, usable, whole
from perflab.errors import InputError
from perflab.run.cells import ALL
from perflab.run.scenario import Endpoint
from perflab.scenario.production.access_logs import DayFigures, Period
from tests.perflab import production

DAY = date(2026, 11, 2)


def period(**days: list[tuple[int, float]]) -> Period:
    made = Period()
    for name, figures in days.items():
        made.endpoints[name] = {
            DAY + timedelta(days=k): DayFigures(n, mean, mean / 2) for k, (n, mean) in enumerate(figures)
        }
    made.requests = {day: 100 for figures in made.endpoints.values() for day in figures}
    return made


def test_a_folder_is_known_by_its_contents(tmp_path: Path) -> None:
    endpoints = [Endpoint("slow", path="/slow/{user_id}")]
    production.write_days(tmp_path / "a", {"slow": 1.0}, days=1)
    production.write_days(tmp_path / "b" / "deeper", {"slow": 1.0}, days=1)
    (tmp_path / "b" / ".hidden").write_text("not read")
    first, second = (side(tmp_path / name, endpoints) for name in ("a", "b"))
    assert first.digest == second.digest and first.snapshots is None
    (tmp_path / "b" / "more.log").write_text("\n")
    assert side(tmp_path / "b", endpoints).digest != first.digest
    (tmp_path / "b" / "one.csv").write_text("at,queryid,calls,total_exec_time\n2026-11-02,1,1,1\n")
    with pytest.raises(InputError, match="has one snapshot"):
        side(tmp_path / "b", endpoints)


def test_days_with_few_requests_or_without_time_have_no_logarithm() -> None:
    made = period(list=[(29, 1.0), (30, math.e), (99, 0.0)], rare=[(3, 1.0)])
    assert logarithms(made, lambda day: day.mean_s, []) == {"list": {DAY.toordinal() + 1: 1.0}}
    assert logarithms(made, lambda day: day.mean_s, [DAY + timedelta(days=1)]) == {}
    assert in_both(made, period(list=[(1, 1.0)])) == [DAY]


def test_the_whole_has_fixed_weights() -> None:
    logs = {"a": {1: math.log(2), 2: 0.0}, "b": {1: math.log(4)}, "c": {2: 9.0}}
    assert whole(logs, {"a": 3, "b": 1}) == {ALL: {1: pytest.approx(math.log(2.5))}}
    assert whole(logs, {"a": 3, "missing": 1}) == {} and whole(logs, {}) == {} and whole(logs, {"b": 1, "c": 1}) == {}


def test_a_rare_control_does_not_cost_the_others_their_days() -> None:
    logs = {
        "often": dict.fromkeys(range(10), 0.0),
        "most": dict.fromkeys(range(8), 0.0),
        "rare": dict.fromkeys(range(4), 0.0),
    }
    assert usable(["often", "most", "rare", "never"], [logs, logs]) == ["often", "most"]
    assert usable([], [logs, logs]) == []
