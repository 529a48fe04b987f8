"""Service times with the servers farther away."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from perflab.analysis.network_latency import ROUND_TRIPS_S, TRIPS, projected


def samples(**changes: Any) -> pd.DataFrame:
    rows = [
        {"cell": cell, "phase": phase, "error": None, "latency_s": latency, **dict.fromkeys(TRIPS, trips)}
        for cell, latency, trips in (("all_off", 0.010, 4), ("all_on", 0.002, 1))
        for phase in ("measured", "measured", "warmup")
    ]
    return pd.DataFrame(rows).assign(**changes)


def test_each_query_and_cache_operation_costs_a_round_trip() -> None:
    rows = projected(samples())
    assert [row["round_trip_s"] for row in rows] == list(ROUND_TRIPS_S) == [0, 0.0005, 0.001]
    assert rows[0] == pytest.approx(
        {"round_trip_s": 0, "before_s": 0.010, "after_s": 0.002, "before_trips": 20, "after_trips": 5}
    )
    assert (rows[2]["before_s"], rows[2]["after_s"]) == pytest.approx((0.030, 0.007))


def test_endpoints_are_weighted_as_the_scenario_says() -> None:
    """Its mean is the one that the rest of the page has, so that the row without a distance is the measured one."""
    seldom = samples(latency_s=0.050, endpoint="seldom")
    table = pd.concat([samples(endpoint="often"), seldom, seldom], ignore_index=True)
    assert projected(table)[0]["before_s"] == pytest.approx(0.110 / 3)
    row = projected(table, {"often": 3, "seldom": 1})[0]
    assert (row["before_s"], row["after_s"]) == pytest.approx((0.020, 0.014))
    assert projected(table, {"often": 3})[0]["before_s"] == pytest.approx(0.110 / 3), "one has no weight"


def test_errors_and_the_warm_up_count_for_nothing() -> None:
    table = samples()
    table.loc[0, "latency_s"], table.loc[0, "error"] = 99.0, "returned 500"
    table.loc[2, "latency_s"] = 99.0
    assert projected(table)[0]["before_s"] == pytest.approx(0.010)


@pytest.mark.parametrize("changes", [{"query_count": None}, {"cell": "all_on"}, {"phase": "warmup"}])
def test_what_is_unknown_is_not_projected(changes: dict[str, object]) -> None:
    assert projected(samples(**changes)) == []
    assert projected(samples().drop(columns="query_count")) == []
