"""What is used up first."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from perflab.analysis.capacity import bottleneck
from perflab.analysis.capacity.bottleneck import PROCESSORS, Resource, resources
from perflab.run.tables.capacity import CAPACITY_REQUESTS, CAPACITY_WINDOWS

APP, DB, CACHE = PROCESSORS.values()
COUNT = 100
# At 50 requests a second, processors are half in use.
RATE = 50.0
COSTS = {"app_cpu_s": 0.006, "db_cpu_s": 0.003, "cache_cpu_s": 0.001, "generator_cpu_s": 0.002}


def windows(**changes: Any) -> pd.DataFrame:
    """Two windows with 50 requests each; `changes` are costs of a request, or how many threads are where."""
    costs = {
        name: None if (own := changes.get(name, cost)) is None else own * COUNT / 2 for name, cost in COSTS.items()
    }
    places = {name: value for name, value in changes.items() if name not in COSTS}
    return CAPACITY_WINDOWS.frame({"round": 1, "window": n, "cell": "all_on", **costs, **places} for n in (0, 1))


def requests(served_s: float | None = 0.010) -> pd.DataFrame:
    return CAPACITY_REQUESTS.frame({"round": 1, "window": n % 2, "step": n, "served_s": served_s} for n in range(COUNT))


def uses(
    table: pd.DataFrame, served_s: float | None = 0.010, rate_per_s: float = RATE, **server: int
) -> list[Resource]:
    given = {"workers": 1, "threads": 1, "cores": 1, **server}
    return resources(table, requests(served_s), rate_per_s, given)


def use(rows: list[Resource], name: str) -> float:
    (value,) = (row.use for row in rows if row.name == name)
    return value


def pair_of(row: Resource) -> tuple[Any, Any]:
    return row.name, row.use


@pytest.mark.parametrize(
    ("costs", "name"),
    [
        ({}, APP),
        ({"app_cpu_s": 0.003, "db_cpu_s": 0.006}, DB),
        ({"app_cpu_s": 0.001, "cache_cpu_s": 0.006}, CACHE),
        ({"app_cpu_s": None, "cache_cpu_s": None}, DB),
    ],
)
def test_the_processors_bear_the_name_of_what_uses_them_most(costs: dict[str, Any], name: str) -> None:
    table = windows(**costs)
    expected = sum(v or 0 for v in ({**COSTS, "generator_cpu_s": 0.0} | costs).values()) * RATE
    assert pair_of(uses(table, None)[0]) == (name, pytest.approx(expected))


def test_the_use_is_proportional_to_the_rate_and_cores_share_it() -> None:
    assert use(uses(windows()), APP) == pytest.approx(0.5)
    assert use(uses(windows(), rate_per_s=90.0), APP) == pytest.approx(0.9)
    assert use(uses(windows(), cores=2), APP) == pytest.approx(0.25)


def test_the_load_generator_is_named_where_it_computes_most() -> None:
    assert use(uses(windows()), bottleneck.GENERATOR) == pytest.approx(0.1)
    assert pair_of(uses(windows(generator_cpu_s=0.019))[0]) == (bottleneck.GENERATOR, pytest.approx(0.95))


def test_pythons_lock_counts_where_threads_have_more_cores_than_processes() -> None:
    rows = uses(windows(app_cpu_s=0.018, db_cpu_s=0.001), 0.020, threads=4, cores=2)
    assert pair_of(rows[0]) == (bottleneck.GIL, pytest.approx(0.9)) and use(rows, APP) == pytest.approx(0.5)
    for server in ({"threads": 1, "cores": 2}, {"threads": 4, "cores": 1}, {"threads": 4, "cores": 2, "workers": 2}):
        names = [row.name for row in uses(windows(app_cpu_s=0.018), 0.001, **server)]
        assert bottleneck.GIL not in names


WAITING = 0.076  # of four slots, 95% in use at 50 a second


@pytest.mark.parametrize(
    ("places", "name"),
    [
        ({"on_locks": 1.5, "in_database": 3.0, "in_application": 0.8}, bottleneck.LOCKS),
        ({"on_locks": 0.5, "in_database": 3.0, "in_application": 0.8}, bottleneck.DATABASE),
        ({"on_locks": 0.0, "in_pool": 2.0, "in_database": 1.0, "in_application": 0.8}, bottleneck.CONNECTIONS),
        ({"in_cache": 2.0, "in_application": 0.8}, bottleneck.CACHE),
        ({"in_application": 3.0, "in_database": 0.8}, bottleneck.WORKERS),
        ({"in_application": 0.8, "in_orm": 0.8, "in_framework": 0.8, "in_cache": 0.9}, bottleneck.WORKERS),
        ({"in_application": 0.0}, bottleneck.WORKERS),
        ({}, bottleneck.WORKERS),
    ],
    ids=["locks", "few locks", "pool", "cache", "elsewhere", "nothing for most", "no busy thread", "not recorded"],
)
def test_slots_are_named_for_what_the_threads_in_them_wait_for(places: dict[str, float], name: str) -> None:
    rows = uses(windows(**places), WAITING, threads=4)
    assert pair_of(rows[0]) == (name, pytest.approx(0.95)) and rows[1].name == APP


def test_slots_that_are_in_use_because_processors_are_have_no_name_of_their_own() -> None:
    names = {APP, bottleneck.GENERATOR}
    assert {row.name for row in uses(windows(in_database=4.0), 0.010)} == names, "all of it is computing"
    assert {row.name for row in uses(windows(in_database=4.0), WAITING, rate_per_s=95.0, threads=4)} == names
    assert {row.name for row in uses(windows(in_database=4.0), None, threads=4)} == names, "the server does not tell"


def test_waiting_requests_count_for_all_the_slots_of_the_server() -> None:
    rows = uses(windows(in_database=4.0), WAITING, workers=2, threads=2)
    assert use(rows, bottleneck.DATABASE) == pytest.approx(0.95)
    assert bottleneck.DATABASE not in [row.name for row in uses(windows(in_database=4.0), WAITING, threads=8)]


def test_the_most_used_one_comes_first() -> None:
    for table in (windows(), windows(generator_cpu_s=0.5), windows(in_cache=1.0)):
        levels = [row.use for row in uses(table, WAITING, threads=4, cores=2)]
        assert levels == sorted(levels, reverse=True) and len(levels) >= 3
