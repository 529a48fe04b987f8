"""Queries whose plan shows a mistake, with the requests and cells that make them."""

from __future__ import annotations

import pandas as pd

from perflab.analysis.database.mistakes.planned import Planned, planned
from tests.perflab.analysis.database.mistakes.plans_of import FACTORS, SCENARIO, plans_of, queries_of


def mistaken(plans: pd.DataFrame, queries: pd.DataFrame, *showing: str) -> list[Planned]:
    return [*planned(plans, queries, SCENARIO, FACTORS, lambda row: row["cell"] in showing)]


def test_a_query_is_told_with_its_requests_and_the_cells_that_make_it() -> None:
    (query,) = mistaken(plans_of("q", {}), queries_of("q"), "all_off", "queries", "all_on")
    assert (query.endpoint, query.method, query.sql, query.source) == ("reviews", "GET", "q", "shop/pages.py:4 page")
    assert query.cells == ["all_off", "queries", "all_on", "caching"], "one whose plan was not read, too; no control"
    assert query.requests == 2 and query.steps == [{"round": 1, "step": 7}, {"round": 1, "step": 9}]
    assert query.row["cell"] == "all_on" and query.details == " (1.20 ms, at shop/pages.py:4 page)"


def test_a_cell_whose_plan_is_sound_does_not_count() -> None:
    (query,) = mistaken(plans_of("q", {}), queries_of("q", source=None), "queries", "all_on")
    assert query.cells == ["queries", "all_on", "caching"] and query.source is None
    package = "third-party code: wagtail/pages.py:3 tree"
    (query,) = mistaken(plans_of("q", {}), queries_of("q", source=package), "all_on")
    assert query.details == f" (1.20 ms, in {package})"
    (query,) = mistaken(plans_of("q", {}, seconds=None), queries_of("q", source=None), "all_on")
    assert query.details == ""


def test_what_shows_in_no_optimised_cell_or_was_not_recorded_is_none() -> None:
    assert mistaken(plans_of("q", {}), queries_of("q"), "all_off") == []
    assert mistaken(plans_of("q", {}), queries_of("other"), "all_on") == []
    assert mistaken(plans_of("q", {}).head(0), queries_of("q"), "all_on") == []
