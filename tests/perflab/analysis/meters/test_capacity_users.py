"""How many users the subject serves, before and after."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.run.records import ClaimResult
from tests.perflab.analysis.claimed import claim, judge
from tests.perflab.analysis.tables import flat, samples_of
from tests.perflab.load_rows import off, on, pair

SAMPLES = samples_of({"all_off": flat(1), "all_on": flat(1)})
ROWS = [off(), on(), pair()]
TOO_SLOW = "No rate meets the objective: even a server at rest needs 0.7 s for 95% of the requests."


def result(*rows: dict[str, Any], bound: float = 4.0, why: str | None = None) -> ClaimResult:
    """The claim of so many times the users, judged by these rows."""
    judged: ClaimResult = judge(SAMPLES, claim("capacity_users", "at_least", bound), capacity=rows, no_capacity=why)
    return judged


def test_it_is_the_ratio_of_the_users_at_both_ends() -> None:
    row = result(*ROWS)
    assert (row.before, row.after) == (104, 459)
    assert (row.estimate, row.low, row.high) == (4.41, 4.02, 4.85)
    assert (row.n, row.rounds, row.reason, row.unit) == (12_000, 4, None, "users")


@pytest.mark.parametrize(("bound", "verdict"), [(4.0, "supported"), (4.5, "inconclusive"), (5.0, "refuted")])
def test_the_interval_decides(bound: float, verdict: str) -> None:
    assert result(*ROWS, bound=bound).verdict == verdict


def test_other_cells_and_pairs_do_not_matter() -> None:
    twin = pair("twin / all_on", users_ratio={"estimate": 1.0, "low": 0.9, "high": 1.1})
    assert result(on(cell="twin"), twin, *ROWS) == result(*ROWS)


def test_two_rounds_have_no_interval_and_draw_no_verdict() -> None:
    row = result(off(rounds=2), on(), pair(users_ratio={"estimate": 4.41, "low": None, "high": None}))
    assert (row.estimate, row.low, row.rounds, row.verdict) == (4.41, None, 2, "inconclusive")


@pytest.mark.parametrize("rows", [(off(reason=TOO_SLOW), on(), pair()), (off(), on(reason=TOO_SLOW), pair())])
def test_a_capacity_that_cannot_be_told_draws_no_verdict_and_says_why(rows: tuple[dict[str, Any], ...]) -> None:
    row = result(*rows)
    assert (row.verdict, row.low, row.high) == ("inconclusive", None, None)
    assert row.reason is not None and TOO_SLOW in row.reason


@pytest.mark.parametrize("rows", [(), (on(), pair()), (off(), pair()), (off(), on())])
def test_without_both_ends_nothing_is_measured(rows: tuple[dict[str, Any], ...]) -> None:
    row = result(*rows)
    assert row.verdict == "not measured" and row.estimate is None
    assert row.reason == "Not measured: the run has no load test of all_off and all_on."
    assert result(*rows, why="The load test failed: x").reason == "Not measured: the load test failed: x"
