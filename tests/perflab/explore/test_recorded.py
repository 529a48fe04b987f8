"""What was recorded of a request, or of a check of its endpoint, and the plan of its slowest query."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.explore import Run
from perflab.explore.recorded import places, plan_of, recorded_of


@pytest.fixture
def checks(run: Run) -> list[tuple[int, int]]:
    """The Steps of payments that were recorded: the first, and the last, which took longer."""
    return sorted(places(run.queries))


def test_a_request_that_was_recorded_has_its_own_rows(run: Run, checks: Any) -> None:
    trace = recorded_of(run, "payments", checks[0], "all_off")
    assert trace.own and trace.place == checks[0] and trace.of == 2
    assert trace.queries_in("all_off")["fingerprint"].tolist() == ["SELECT p", "SELECT u"], (
        "what took longest comes first"
    )
    assert set(trace.queries["step"]) == {checks[0][1]}


@pytest.mark.parametrize("cell", ["all_off", "all_on"])
def test_of_another_one_the_check_with_most_time_stands_for_it(run: Run, checks: Any, cell: str) -> None:
    trace = recorded_of(run, "payments", (2, 5), cell)
    assert not trace.own and trace.place == checks[1], "of all cells together where this one made no query"
    assert trace.operations_in("all_on")["name"].tolist() == ["get", "set"] and trace.operations_in("all_off").empty


def test_operations_alone_are_enough(run: Run, checks: Any) -> None:
    bare = Run(run.directory, run.meta)
    bare.__dict__["queries"] = run.queries.iloc[:0]
    trace = recorded_of(bare, "payments", (2, 5), "all_on")
    assert trace.place == checks[0] and trace.queries.empty and len(trace.operations) == 2


def test_an_endpoint_of_which_nothing_was_recorded(run: Run) -> None:
    trace = recorded_of(run, "job", (1, 1), "all_on")
    assert trace.place is None and not trace.own and trace.of == 0
    assert trace.queries_in("all_on").empty and trace.operations_in("all_on").empty


def test_the_plan_is_of_the_slowest_query_that_was_recorded(run: Run, checks: Any) -> None:
    row = plan_of(run, "payments", "all_off", recorded_of(run, "payments", checks[0], "all_off"))
    assert row is not None and (row["cell"], row["fingerprint"]) == ("all_off", "SELECT p")


def test_where_a_cell_has_no_plan_that_of_the_nearest_one_stands(run: Run, checks: Any) -> None:
    row = plan_of(run, "payments", "all_on", recorded_of(run, "payments", checks[0], "all_on"))
    assert row is not None and (row["cell"], row["seconds"]) == ("indexes+queries", 0.0004)
    assert plan_of(run, "job", "all_on", recorded_of(run, "job", (1, 1), "all_on")) is None


def test_without_a_recorded_query_it_is_the_slowest_plan(run: Run) -> None:
    nothing = recorded_of(run, "job", (1, 1), "all_off")
    row = plan_of(run, "payments", "all_off", nothing)
    assert row is not None and row["seconds"] == 0.003
