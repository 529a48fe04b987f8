"""The section on the load test."""

from __future__ import annotations

from typing import Any

from perflab.report.sections.capacity import ENDED_EARLY, build
from perflab.run.phases import LOAD
from tests.perflab.load_rows import lagging, off, on, pair
from tests.perflab.saved_run import without_samples
from tests.perflab.summaries import summary_of

OVERLOAD = {
    "rate_per_s": 40.0,
    "requests": 400,
    "late": 0.93,
    "failed": 0.125,
    "drained_s": 3.25,
    "late_after": 0.0,
    "failed_after": 0.0,
}


def lines(*rows: dict[str, Any]) -> list[str]:
    """The section as lines of text."""
    part = build(summary_of(capacity=list(rows)), without_samples())
    assert part is not None
    return part.text.splitlines()


def mentions(words: str, *rows: dict[str, Any]) -> list[str]:
    return [line.removeprefix("- ").strip() for line in lines(*rows) if words in line]


def test_a_run_without_a_load_test_has_no_such_section() -> None:
    assert build(summary_of(), without_samples()) is None


def test_a_load_test_that_ended_early_says_so() -> None:
    part = build(summary_of(), without_samples(failed_passes={LOAD: "a server does not start"}))
    assert part is not None and ENDED_EARLY in part.text and part.identifier == "capacity"


def test_the_verdict_has_the_objective_both_ends_and_the_ratio() -> None:
    (verdict,) = mentions("the system serves", off(), on(), pair())
    assert verdict == (
        "If 95% of the requests are to be answered within 500 ms and at most 1.0% may fail, the system serves 90.0 (85.0 to "
        "96.0) requests a second with everything on instead of 20.0 (18.0 to 22.0) requests a second with everything off: 4.50× "
        "(4.10 to 4.95)."
    )


def test_cells_that_are_no_pair_are_listed_and_an_interval_that_is_missing_is_left_out() -> None:
    alone = {"estimate": 20.0, "low": None, "high": None}
    (verdict,) = mentions("are to be answered", off(rate_per_s=alone, windows_per_s=None), on(cell="indexes"))
    assert verdict.endswith(
        "may fail, everything off serves 20.0 requests a second; indexes serves 90.0 (85.0 to 96.0) requests a second."
    )


def test_the_table_has_a_row_for_each_cell() -> None:
    text = lines(off(), on(windows_per_s=None), pair())
    (baseline,) = (line for line in text if line.startswith("  everything off"))
    for figure in ("20.0 (18.0 to 22.0)", "104 (93.6 to 114)", "40.0 ms", "25.0", "21.0", "19.0 (17.0 to 21.5)"):
        assert figure in baseline
    (optimised,) = (line for line in text if line.startswith("  everything on"))
    assert "459 (434 to 490)" in optimised and optimised.endswith("–"), "the windows alone tell nothing"


def test_a_cell_whose_capacity_is_unknown_has_dashes_and_the_reason() -> None:
    text = lines(off(), lagging())
    assert text[2].endswith(
        "(18.0 to 22.0) requests a second; everything on serves an unknown number of requests a second."
    )
    (row,) = (line for line in text if line.startswith("  everything on"))
    assert row.split()[-6:] == ["–"] * 6
    assert mentions("gave out", off(), lagging()) == ["With everything on: The load generator gave out first."]


def test_what_gives_out_first_is_named_for_each_cell() -> None:
    rows = off(), on(resources=[{"name": "the pool of database connections", "use": 1.02}]), pair()
    first, second = mentions("gives out first", *rows)
    assert first.startswith(
        "With everything off, the application's CPU gives out first: 80% in use at capacity, and beyond that"
    )
    assert second == "With everything on, the pool of database connections gives out first: 100% in use at capacity."


def test_the_reason_why_a_capacity_cannot_be_told_is_there() -> None:
    assert mentions("No rate", off(reason="No rate meets the objective."), on(), pair()) == [
        "With everything off: No rate meets the objective."
    ]
    assert mentions("No rate", off(), on(), pair()) == []


def test_two_estimates_that_part_are_remarked_on() -> None:
    far = {"estimate": 12.0, "low": 11.0, "high": 13.0}
    (remark,) = mentions("part: ", off(windows_per_s=far), on(), pair())
    assert remark == (
        "With everything off, the queue of the requests' own demands and the windows alone part: 20.0 and 12.0 requests a "
        "second. Something other than computing, such as a lock or a pool, limits the system."
    )
    overlapping, close = {"estimate": 12.0, "low": 5.0, "high": 19.0}, {"estimate": 16.5, "low": 16.0, "high": 17.0}
    for windows in (overlapping, close, {"estimate": 12.0, "low": None, "high": None}, None):
        assert mentions("part: ", off(windows_per_s=windows), on(), pair()) == [], windows


def test_windows_in_which_the_generator_lagged_are_counted() -> None:
    assert mentions("lagged", off(lagged=1), on(lagged=2), pair()) == [
        "The load generator lagged in 1 window with everything off, which is left out.",
        "The load generator lagged in 2 windows with everything on, which are left out.",
    ]


def test_what_happened_beyond_capacity() -> None:
    (sentence,) = mentions("beyond the capacity", off(overload=OVERLOAD), on(), pair())
    assert sentence == (
        "At 40.0 requests a second, beyond the capacity with everything off, 93% were late and 12.5% failed. The last response "
        "came 3.25 s after the last request; then, at a rate below capacity, 0% were late."
    )


def test_controls_are_told_by_their_ratio_and_other_pairs_are_not() -> None:
    twin = pair("twin / all_on", ratio={"estimate": 1.01, "low": 0.97, "high": 1.05})
    canary = pair("canary / all_on", ratio={"estimate": 0.952, "low": None, "high": None})
    assert mentions("Control: ", off(), on(), pair(), twin, canary) == [
        "Control: the capacity of A/A control is 1.01 (0.970 to 1.05) times that with everything on.",
        "Control: the capacity of positive control is 0.952 times that with everything on.",
    ]


def test_the_method_has_the_server_and_how_users_are_counted() -> None:
    (method,) = mentions("Little's law", off(), on(), pair())
    assert "Each cell has a server of its own; server, database and cache have 1 core together" in method
    assert "think time of 5.00 s + response time" in method and "24 windows showed" in method


def test_names_of_a_project_are_no_markup() -> None:
    part = build(summary_of(capacity=[off(cell="<b>"), on(reason="<i>")]), without_samples())
    assert part is not None and "<b>" not in part.markup and "<i>" not in part.markup and "&lt;b&gt;" in part.markup
