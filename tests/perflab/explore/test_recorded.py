"""What was noted of a request, or of a check of its endpoint, and the plan of its slowest query."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.explore import Run
from perflab.explore.recorded import noted, places, plan


@pytest.fixture
def known(run: Run) -> list[tuple[int, int]]:
    """The Steps of payments that were noted: the first, and the last, which took longer."""
    return sorted(places(run.queries))


def test_a_request_that_was_noted_has_its_own_rows(run: Run, known: Any) -> None:
    found = noted(run, "payments", known[0], "all_off")
    assert found.own and found.place == known[0] and found.of == 2
    assert found.asked("all_off")["fingerprint"].tolist() == ["SELECT p", "SELECT u"], "what took longest comes first"
    assert set(found.queries["step"]) == {known[0][1]}


@pytest.mark.parametrize("cell", ["all_off", "all_on"])
def test_of_another_one_the_check_with_most_time_stands_for_it(run: Run, known: Any, cell: str) -> None:
    found = noted(run, "payments", (2, 5), cell)
    assert not found.own and found.place == known[1], "of all cells together where this one asked nothing"
    assert found.operated("all_on")["name"].tolist() == ["get", "set"] and found.operated("all_off").empty


def test_operations_alone_are_enough(run: Run, known: Any) -> None:
    bare = Run(run.directory, run.meta)
    bare.__dict__["queries"] = run.queries.iloc[:0]
    found = noted(bare, "payments", (2, 5), "all_on")
    assert found.place == known[0] and found.queries.empty and len(found.operations) == 2


def test_an_endpoint_of_which_nothing_was_noted(run: Run) -> None:
    found = noted(run, "job", (1, 1), "all_on")
    assert found.place is None and not found.own and found.of == 0
    assert found.asked("all_on").empty and found.operated("all_on").empty


def test_the_plan_is_of_the_slowest_query_that_was_noted(run: Run, known: Any) -> None:
    row = plan(run, "payments", "all_off", noted(run, "payments", known[0], "all_off"))
    assert row is not None and (row["cell"], row["fingerprint"]) == ("all_off", "SELECT p")


def test_where_a_cell_has_no_plan_that_of_the_nearest_one_stands(run: Run, known: Any) -> None:
    row = plan(run, "payments", "all_on", noted(run, "payments", known[0], "all_on"))
    assert row is not None and (row["cell"], row["seconds"]) == ("indexes+queries", 0.0004)
    assert plan(run, "job", "all_on", noted(run, "job", (1, 1), "all_on")) is None


def test_without_a_noted_query_it_is_the_slowest_plan(run: Run) -> None:
    nothing = noted(run, "job", (1, 1), "all_off")
    row = plan(run, "payments", "all_off", nothing)
    assert row is not None and row["seconds"] == 0.003
