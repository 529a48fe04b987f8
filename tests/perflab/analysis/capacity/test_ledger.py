"""The rows that summary.json has of a load test."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from perflab.analysis.capacity import queue
from perflab.analysis.capacity.bottleneck import GENERATOR, PROCESSORS
from perflab.analysis.capacity.ledger import ledger
from perflab.analysis.stats.values import plain
from perflab.run.store import Run
from perflab.run.tables.capacity import FAR, OVERLOAD, RECOVERY
from tests.perflab.analysis.capacity.loaded import Server, load_test

OBJECTIVE = {"percentile": 95.0, "within_s": 0.1, "errors": 0.01}
SERVER = {"server": "gunicorn", "workers": 2, "threads": 2, "cores": 1}
# all_on needs half the time of all_off.
ON = Server(0.005, rates=(120.0, 150.0, 170.0))
OFF = Server(0.010, rates=(60.0, 75.0, 85.0))
BEYOND = Server(0.010, rates=(60.0, 75.0, 85.0, 20.0, 160.0, 30.0))
KINDS = {20.0: FAR, 160.0: OVERLOAD, 30.0: RECOVERY}
Tables = tuple[pd.DataFrame, pd.DataFrame]


@pytest.fixture(autouse=True, scope="module")
def short() -> Any:
    """Fewer requests in the long run, each of which costs time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queue, "REQUESTS", 300)
        patch.setattr(queue, "LEFT_OUT", 100)
        yield


def run_of(tables: Tables, objective: dict[str, float] | None = None, **meta: Any) -> Run:
    """A run with the tables of a load test in memory; no file is read."""
    scenario = {"capacity": {"objective": {**OBJECTIVE, **(objective or {})}, "think_s": 1.0}}
    run = Run(Path("synthetic"), {"load": SERVER, "scenario": scenario, "factors": [], **meta})
    run.__dict__.update(capacity_windows=tables[0], capacity_requests=tables[1], samples=pd.DataFrame())
    return run


@cache
def whole() -> list[dict[str, Any]]:
    """The rows of a load test of both ends and a control, which has lost a round; plain, as they are written."""
    servers = {"all_off": BEYOND, "all_on": ON, "twin": ON}
    windows, requests = load_test(servers, rounds=3, seconds=5.0, kinds=KINDS)
    kept = [~((table["cell"] == "twin") & (table["round"] == 2)).to_numpy(bool) for table in (windows, requests)]
    rows: list[dict[str, Any]] = plain(ledger(run_of((windows[kept[0]], requests[kept[1]]))))
    return rows


def cell(name: str) -> dict[str, Any]:
    return next(row for row in whole() if row.get("cell") == name)


def pair(name: str) -> dict[str, Any]:
    return next(row for row in whole() if row.get("contrast") == name)


@cache
def small() -> Tables:
    """Both ends alone, in two short rounds."""
    return load_test({"all_off": OFF, "all_on": ON}, rounds=2, seconds=3.0)


def baseline_alone(tables: Tables) -> Tables:
    windows, requests = (table[(table["cell"] == "all_off").to_numpy(bool)].copy() for table in tables)
    return windows, requests


# -- cells ---------------------------------------------------------------------------------------------------------


def test_there_is_a_row_for_each_cell_and_for_each_pair_that_was_loaded() -> None:
    assert [row["cell"] for row in whole() if "cell" in row] == ["all_off", "all_on", "twin"]
    pairs = [row["contrast"] for row in whole() if "contrast" in row]
    assert pairs == ["all_on / all_off", "twin / all_on"], "neither twin_off nor canary was"
    json.dumps(whole(), allow_nan=False)


def test_a_cell_has_its_rate_with_an_interval_and_what_it_rests_on() -> None:
    row = cell("all_on")
    rate = row["rate_per_s"]
    assert rate["low"] < rate["estimate"] < rate["high"] and 130 < rate["estimate"] < 190
    assert (row["windows"], row["rounds"], row["requests"], row["lagged"]) == (9, 3, 3 * 5 * 440, 0)
    assert (row["server"], row["objective"], row["reason"], row["failed_share"]) == (SERVER, OBJECTIVE, None, 0.0)
    assert row["factor"] == pytest.approx(1, abs=0.01) and row["queue_per_s"] == pytest.approx(
        rate["estimate"], rel=0.05
    )
    assert row["demand_s"] == pytest.approx(0.005, rel=0.05) and row["ceiling_per_s"] == pytest.approx(
        1 / row["demand_s"]
    )
    assert rate["estimate"] < row["ceiling_per_s"]
    assert row["windows_per_s"]["estimate"] == pytest.approx(rate["estimate"], rel=0.2)
    assert row["resources"][0] == {
        "name": PROCESSORS["app_cpu_s"],
        "use": pytest.approx(rate["estimate"] * row["demand_s"]),
    }


def test_users_are_the_rate_times_thinking_and_waiting() -> None:
    """Little's law."""
    row = cell("all_off")
    assert row["think_s"] == 1.0 and 0.01 < row["response_s"] < 0.1
    for end in ("estimate", "low", "high"):
        assert row["users"][end] == pytest.approx(row["rate_per_s"][end] * (1 + row["response_s"]))


def test_every_window_has_a_row_the_lowest_rate_first() -> None:
    levels = cell("all_off")["levels"]
    assert [level["rate_per_s"] for level in levels] == sorted(rate for rate in BEYOND.rates for _ in range(3))
    assert {level["kind"] for level in levels} == {"near", "far", "overload", "recovery"}
    first, last = levels[0], levels[-1]
    assert (first["requests"], last["requests"]) == (100, 800)
    assert first["late"] < 0.05 and last["late"] > 0.8 and first["failed"] == last["failed"] == 0
    for level in levels:
        assert 0 < level["p50_s"] < level["p95_s"] and level["served_s"] == pytest.approx(level["response_s"])
    assert first["p99_s"] is not None, "a hundred requests are enough for one in a hundred"
    assert {level["p99_s"] is None for level in _few()} == {True}


def _few() -> list[dict[str, Any]]:
    """The levels of windows of less than a hundred requests."""
    row = ledger(run_of(load_test({"all_off": Server(rates=(25.0,))}, rounds=1, seconds=3.0)))[0]
    levels: list[dict[str, Any]] = row["levels"]
    return levels


def test_beyond_capacity_requests_are_late_and_afterwards_it_takes_a_while() -> None:
    overload = cell("all_off")["overload"]
    assert (overload["rate_per_s"], overload["requests"], overload["failed"], overload["failed_after"]) == (
        160,
        800,
        0,
        0,
    )
    assert overload["late"] > 0.8 and overload["drained_s"] > 0
    assert cell("all_on")["overload"] is None, "it was not tried"


def test_what_is_left_of_the_queue_and_who_is_late_after_it() -> None:
    windows, requests = load_test({"all_off": BEYOND}, rounds=1, seconds=3.0, kinds=KINDS)
    beyond, after = ((requests["window"] == number).to_numpy(bool) for number in (4, 5))
    requests.loc[beyond, "last_byte_s"] = requests.loc[beyond, "intended_s"] + 1.5
    requests.loc[after, "last_byte_s"] = requests.loc[after, "intended_s"] + 0.02
    requests.loc[after & (requests["step"] == 0).to_numpy(bool), "status"] = 502
    (row,) = ledger(run_of((windows, requests)))
    assert row["overload"]["drained_s"] == pytest.approx(1.5)
    assert row["overload"]["late_after"] == pytest.approx(1 / 90), "the one that failed"
    assert row["overload"]["failed_after"] == pytest.approx(1 / 90)


def test_a_window_in_which_the_generator_lagged_is_counted() -> None:
    windows, requests = baseline_alone(small())
    requests.loc[(requests["round"] == 1) & (requests["window"] == 2), "sent_s"] += 0.1
    (row,) = ledger(run_of((windows, requests)))
    assert (row["lagged"], row["windows"], len(row["levels"])) == (1, 5, 6)


def test_a_cell_in_whose_windows_the_generator_always_lagged_has_a_reason_and_no_rate() -> None:
    windows, requests = small()
    late = requests.copy()
    late.loc[(late["cell"] == "all_on").to_numpy(bool), "sent_s"] += 0.1
    rows = ledger(run_of((windows, late)))
    assert [row.get("cell") for row in rows] == ["all_off", "all_on"], "no pair"
    row = rows[1]
    assert row["rate_per_s"] == row["users"] == {"estimate": None, "low": None, "high": None}
    assert (row["windows"], row["lagged"], len(row["levels"])) == (0, 6, 6)
    assert row["reason"].endswith("The cell serves at least 120 requests a second.")
    assert row["resources"] == [{"name": GENERATOR, "use": pytest.approx(0.0005 * 170)}]
    assert row.keys() == rows[0].keys()


def test_where_even_a_server_at_rest_is_too_slow_the_reason_says_so() -> None:
    (row,) = ledger(run_of(baseline_alone(small()), {"within_s": 0.012}))
    demands = Server().demands(100_000, np.random.default_rng(1))
    start, _, needs = row["reason"].partition("even a server at rest needs ")
    assert start == "No rate meets the objective: " and needs.endswith(" s for 95% of the requests.")
    assert float(needs.split()[0]) == pytest.approx(row["factor"] * np.quantile(demands, 0.95), rel=0.15)


def test_errors_beyond_the_objectives_are_a_reason() -> None:
    windows, requests = baseline_alone(small())
    requests["status"] = np.where(requests["step"] % 50 == 0, 500, 200)
    (row,) = ledger(run_of((windows, requests)))
    assert row["reason"] == f"{row['failed_share']:.2%} of the requests failed, more than the objective's 1.00%."
    assert row["failed_share"] == pytest.approx(0.02, abs=0.003)
    assert ledger(run_of((windows, requests), {"errors": 0.05}))[0]["reason"] is None


# -- pairs ---------------------------------------------------------------------------------------------------------


def test_a_pair_has_the_ratio_of_its_capacities() -> None:
    """It is above 2: a shorter queue leaves more of the objective's time."""
    row = pair("all_on / all_off")
    for key, of_cell in (("ratio", "rate_per_s"), ("users_ratio", "users")):
        after, before = (cell(name)[of_cell]["estimate"] for name in ("all_on", "all_off"))
        assert row[key]["estimate"] == pytest.approx(after / before)
        assert row[key]["low"] < row[key]["estimate"] < row[key]["high"]
    assert 2.1 < row["ratio"]["estimate"] < 2.9
    ends = ("low", "high")
    assert [row["users_ratio"][end] / row["ratio"][end] for end in ends] == pytest.approx(
        [(1 + cell("all_on")["response_s"]) / (1 + cell("all_off")["response_s"])] * 2
    )


def test_a_pair_is_of_the_rounds_that_both_cells_have() -> None:
    """The A/A control has two of three: too few for an interval."""
    twin = pair("twin / all_on")["ratio"]
    assert twin["low"] is None and twin["estimate"] == pytest.approx(1, abs=0.15)
    assert pair("all_on / all_off")["ratio"]["low"] is not None


def test_cells_without_a_common_round_are_no_pair() -> None:
    windows, requests = (
        table[((table["cell"] == "all_on") == (table["round"] == 1)).to_numpy(bool)] for table in small()
    )
    rows = ledger(run_of((windows, requests)))
    assert [row.get("cell") for row in rows] == ["all_on", "all_off"]


# -- without a load test -------------------------------------------------------------------------------------------


def test_a_run_without_a_load_test_has_no_rows() -> None:
    empty = small()[0].iloc[:0], small()[1].iloc[:0]
    assert ledger(run_of(empty)) == []
    assert ledger(run_of(small(), load=None)) == []
    assert ledger(run_of(small(), scenario={"capacity": None})) == [] == ledger(run_of(small(), scenario={}))


def test_responses_with_a_status_that_the_replay_never_saw_are_a_reason() -> None:
    windows, requests = load_test({"all_off": BEYOND}, rounds=3, seconds=3.0, kinds=KINDS)
    run = run_of((windows, requests))
    endpoint = str(requests["endpoint"].iloc[0])
    seen = pd.DataFrame({"cell": ["all_off"], "endpoint": [endpoint], "status": [201], "phase": ["check"]})
    run.__dict__["samples"] = seen.assign(**dict.fromkeys(("app_cpu_s", "db_cpu_s", "cache_cpu_s"), np.nan))
    (row,) = ledger(run)
    assert row["reason"] == "100.00% of the responses had a status that the replay never saw from their endpoint."
