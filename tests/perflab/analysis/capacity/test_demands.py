"""What requests of a load test demanded."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from perflab.analysis.capacity.demands import with_demands
from perflab.run.tables.capacity import CAPACITY_REQUESTS, CAPACITY_WINDOWS


def windows(**changes: Any) -> pd.DataFrame:
    """Two windows of a round of one cell: the second one cost twice as much."""
    rows = [
        {"round": 1, "window": number, "cell": "all_on", "kind": "near", "rate_per_s": 10.0,
         "app_cpu_s": 0.06 * number, "db_cpu_s": 0.03 * number, "cache_cpu_s": 0.01 * number, **changes}
        for number in (1, 2)
    ]  # fmt: skip
    return CAPACITY_WINDOWS.frame(rows)


def requests(*cpu_s: float | None, endpoints: str = "read read", number: int = 1, **changes: Any) -> pd.DataFrame:
    """Requests of one window, whose threads used so much CPU time."""
    rows = [
        {
            "round": 1,
            "window": number,
            "cell": "all_on",
            "step": step,
            "endpoint": endpoint,
            "served_cpu_s": own,
            **changes,
        }
        for step, (own, endpoint) in enumerate(zip(cpu_s, endpoints.split(), strict=True))
    ]
    return CAPACITY_REQUESTS.frame(rows)


def samples(**changes: Any) -> pd.DataFrame:
    """The replay: a request of `read` costs its own time twice over, one of `search` four times."""
    rows = [
        {"cell": "all_on", "phase": "measured", "endpoint": endpoint, "app_cpu_s": 0.010, "db_cpu_s": db_cpu_s,
         "cache_cpu_s": 0.0, **changes}
        for endpoint, db_cpu_s in (("read", 0.010), ("search", 0.030))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def demands(table: pd.DataFrame) -> list[float]:
    values: list[float] = table["demand_s"].astype("float64").tolist()
    return values


def test_the_cpu_time_of_a_window_is_shared_by_the_requests_own() -> None:
    assert demands(with_demands(windows(), requests(0.01, 0.03))) == pytest.approx([0.025, 0.075])
    both = pd.concat([requests(0.01, 0.03, number=2), requests(0.02, 0.02)])
    assert demands(with_demands(windows(), both)) == pytest.approx([0.05, 0.15, 0.05, 0.05])


def test_demands_add_up_to_what_was_spent_and_other_columns_stay() -> None:
    before = requests(0.01, 0.03, 0.02, endpoints="read search read")
    after = with_demands(windows(), before, samples())
    assert sum(demands(after)) == pytest.approx(0.1)
    assert [*after.columns] == [*before.columns, "demand_s"] and "demand_s" not in before.columns


def test_what_the_replay_measured_of_an_endpoint_tells_what_its_queries_cost() -> None:
    """Both threads used as much, but `search` had the database work three times as long as `read`."""
    table = requests(0.01, 0.01, endpoints="read search")
    assert demands(with_demands(windows(), table)) == pytest.approx([0.05, 0.05])
    assert demands(with_demands(windows(), table, samples())) == pytest.approx([0.1 * 2 / 6, 0.1 * 4 / 6])


def test_a_request_whose_thread_tells_nothing_has_the_replays_time() -> None:
    """As one that failed: 0.040 s by the replay, and 0.010 s doubled by its own clock."""
    table = requests(0.01, None, endpoints="read search")
    assert demands(with_demands(windows(), table, samples())) == pytest.approx([0.1 / 3, 0.2 / 3])
    alone, unknown = demands(with_demands(windows(), table))
    assert alone == pytest.approx(0.1) and unknown != unknown, "without a replay it is unknown"


def test_only_measured_samples_of_the_same_cell_count() -> None:
    table = requests(0.01, 0.01, endpoints="read search")
    for others in (samples(phase="warmup"), samples(cell="all_off"), samples().iloc[:0], samples(app_cpu_s=None)):
        assert demands(with_demands(windows(), table, others.astype({"app_cpu_s": "float64"}))) == pytest.approx(
            [0.05] * 2
        )


def test_where_a_clock_was_not_read_the_others_count_and_without_any_demand_is_unknown() -> None:
    table = requests(0.01, 0.03)
    assert sum(demands(with_demands(windows(db_cpu_s=None), table))) == pytest.approx(0.07)
    nothing = windows(app_cpu_s=None, db_cpu_s=None, cache_cpu_s=None)
    assert with_demands(nothing, table)["demand_s"].isna().all()
    assert with_demands(windows(), requests(0.0, 0.0))["demand_s"].isna().all(), "nothing to share it by"
    assert with_demands(windows(), requests(0.01, 0.03, number=3))["demand_s"].isna().all(), "a window without a row"
