"""One request as a notebook shows it, and what it says of what was not recorded."""

from __future__ import annotations

from copy import copy

from perflab.explore import Run
from perflab.explore.recorded import places
from tests.perflab.explored import asked, changed


def test_all_that_is_known_is_shown(run: Run) -> None:
    request = run.request("payments", "all_off")
    lines = repr(request)
    assert lines.startswith(
        f"GET {request.sent['path']}\n\npayments, as user {request.sent['user']}: step {request.step} of round"
    )
    for words in (
        "The same request in every cell", "all_off (selected)", "Every cell returned the same response.",
        "of this request were not recorded", "of 2 such requests, the one with the most query time",
        "Queries with everything off: 21 in total", "SELECT u", "app/shop/cards.py:9 card · shop.Payment.payer",
        "With everything on it made no queries",
        "Plan of its slowest query with everything off, 3.00 ms", "Seq Scan on shop_payment (3 rows, 97 discarded)",
        "75% in the ORM (building queries and instances)", "app/shop/cards.py:9 card", "Not recorded: the responses themselves",
    ):  # fmt: skip
        assert words in lines, words


def test_cache_operations_are_those_of_the_cell(run: Run) -> None:
    on, off = repr(run.request("payments")), repr(run.request("payments", "all_off"))
    assert "shop:payments:7" in on and "miss" in on and "30 min 00 s" in on and "700 B" in on
    assert "With everything off it did not use a cache." in off


def test_an_entry_without_a_time_to_live_is_called_that_and_is_not_unknown(run: Run) -> None:
    timeless = copy(run)
    timeless.__dict__["operations"] = run.operations.assign(ttl_s=float("nan"))
    assert "  none  " in repr(timeless.request("payments")) and "  none  " not in repr(run.request("payments"))


def test_a_check_has_its_own(run: Run) -> None:
    place = min(places(run.queries))
    assert "Its queries and cache operations were recorded, because it is a check request." in repr(
        run.request(which=place)
    )


def test_a_cell_in_which_nothing_was_recorded_is_not_reported_to_have_made_no_query(run: Run) -> None:
    lines = repr(run.request("payments", "canary"))
    assert "Nothing was recorded in the cell canary." in lines and "did not use a cache" not in lines
    assert "With everything on (positive control) it made no queries" not in lines


def test_what_was_not_recorded_is_stated(run: Run) -> None:
    lines = repr(run.request("job"))
    for words in (
        "No queries or cache operations of this endpoint were recorded",
        "No plan of a query of this endpoint was recorded.",
        "job was not profiled.",
    ):
        assert words in lines


def test_a_profile_that_ended_early_says_why(run: Run) -> None:
    other = Run(run.directory, {**run.meta, "failed_passes": {"profile": "the worker died"}})
    assert "The profile ended early: the worker died." in repr(other.request("job"))


def test_a_difference_is_shown_and_escaped(run: Run) -> None:
    steps = asked(run, "payments")[:2]
    html = changed(run, "all_on", *steps, kept=steps[0]).request("payments", which="changed")._repr_html_()
    assert "/0/a" in html and "&lt;b&gt;" in html and "<b>" not in html and "differs" in html


def test_a_difference_that_was_not_kept_is_stated(run: Run) -> None:
    step = asked(run, "payments")[0]
    request = changed(run, "all_on", step).request("payments", which="changed")
    assert "The differences were not saved for this request" in repr(request)


def test_a_request_that_failed_shows_its_error(run: Run) -> None:
    samples = run.samples.copy()
    place = asked(run, "job")[0]
    here = (samples["round"] == place[0]) & (samples["step"] == place[1]) & (samples["cell"] == "caching")
    samples["error"] = samples["error"].astype(object)
    samples.loc[here, "error"] = "ValueError: <no>"
    other = Run(run.directory, run.meta)
    other.__dict__.update(samples=samples)
    html = other.request(which=place)._repr_html_()
    assert "failed: ValueError: &lt;no&gt;" in html


def test_a_step_that_no_cell_replayed(run: Run) -> None:
    other = Run(run.directory, run.meta)
    other.__dict__.update(samples=run.samples.iloc[:0])
    assert "No cell replayed it." in repr(other.request(which=asked(run, "job")[0]))


def test_a_body_and_a_write_before_it_are_shown(run: Run) -> None:
    trace = run.trace.copy()
    number, step = asked(run, "payments")[0]
    here = (trace["round"] == number) & (trace["step"] == step)
    trace.loc[here, "body"] = '{"a": "<1>"}'
    trace.loc[here, "affected_by"] = 3
    trace.loc[here, "user"] = None
    other = Run(run.directory, run.meta)
    other.__dict__.update(trace=trace)
    request = other.request(which=(number, step))
    assert "Reads back what step 3 wrote." in repr(request) and "without a user" in repr(request)
    assert "&lt;1&gt;" in request._repr_html_()
