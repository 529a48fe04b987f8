"""One request, selected by what is wrong with it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from perflab.errors import InputError
from perflab.explore import Run
from perflab.explore.request import in_words
from perflab.explore.rows import ShownFinding
from tests.perflab.explored import asked, changed
from tests.perflab.summaries import finding


def test_the_slowest_is_the_measured_one_that_took_longest(run: Run) -> None:
    request = run.request("payments", "all_off")
    rows = run.samples.query("endpoint == 'payments' and cell == 'all_off' and phase == 'measured'")
    slowest = rows.sort_values("latency_s", kind="stable").iloc[-1]
    assert (request.round, request.step) == (slowest["round"], slowest["step"])
    assert f"The slowest of {len(rows)} measured requests to payments with everything off" in request.why


def test_one_that_failed_is_not_the_slowest(run: Run) -> None:
    samples = run.samples.copy()
    samples["error"] = ["boom" if endpoint == "job" else None for endpoint in samples["endpoint"]]
    other = Run(run.directory, run.meta)
    other.__dict__.update(samples=samples)
    with pytest.raises(InputError, match="no measured request to job succeeded in all_on"):
        other.request("job")


def test_without_an_endpoint_it_is_of_the_worst_one(run: Run) -> None:
    assert run.request().endpoint == run.endpoint()


def test_a_step_is_given_by_its_place(run: Run) -> None:
    place = asked(run, "job")[0]
    request = run.request(which=place)
    assert (request.round, request.step, request.endpoint) == (*place, "job")
    assert request.sent["path"].startswith("/") and request.sent["body"] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"which": (1, 9999)}, "no step 9999 in round 1; `run.trace` has the steps of 3 rounds"),
        ({"which": "fastest"}, "which='fastest' is not a selection"),
        ({"which": (1, 2, 3)}, "is not a selection"),
        ({"cell": "on"}, "no cell 'on'; use one of all_off,"),
        ({"cell": "reference"}, "no cell 'reference'"),
        ({"endpoint": "jobs"}, "no endpoint 'jobs'"),
    ],
)
def test_what_there_is_not_is_one_line(run: Run, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words.replace("(", r"\(").replace(")", r"\)")) as caught:
        run.request(**arguments)
    assert "\n" not in str(caught.value)


def test_a_step_of_another_endpoint_is_refused(run: Run) -> None:
    with pytest.raises(InputError, match="requested job, not payments"):
        run.request("payments", which=asked(run, "job")[0])


def test_a_changed_response_is_found_those_with_a_kept_difference_first(run: Run) -> None:
    steps = asked(run, "payments")[:3]
    request = changed(run, "all_on", *steps).request("payments", which="changed")
    assert (request.round, request.step) == steps[0] and request.differences.empty
    assert request.why.startswith("3 of ") and "with everything on" in request.why
    kept = changed(run, "all_on", *steps, kept=steps[2]).request("payments", which="changed")
    assert (kept.round, kept.step) == steps[2] and len(kept.differences) == 1


def test_where_no_response_changed_it_says_so(run: Run) -> None:
    with pytest.raises(InputError, match=r"none of \d+ responses of job with only caching on differs"):
        run.request("job", "caching", "changed")


def test_its_samples_are_of_every_cell_in_their_order(run: Run) -> None:
    cells = run.request("payments").samples["cell"].astype(str).tolist()
    assert cells == [cell["name"] for cell in run.cells if cell["role"] != "reference"]


def test_the_calibration_request_of_the_same_step_is_no_sample_of_it(run: Run) -> None:
    first = run.trace.query("phase == 'measured'").groupby(["round", "block"])["step"].first().reset_index().iloc[0]
    request = run.request(which=(int(first["round"]), int(first["step"])))
    assert "reference" not in set(request.samples["cell"])


def test_its_profile_is_its_endpoints(run: Run) -> None:
    profile = run.request("payments").profile
    assert profile is not None and profile["parts"]["orm"]["share"] == 0.75
    assert run.request("job").profile is None


def test_a_finding_opens_its_example(run: Run) -> None:
    number, step = asked(run, "payments")[1]
    example = {"round": number, "step": step, "cell": "indexes+caching"}
    stale = finding(sentence="It is stale.", factors=["caching"], steps=[{"round": 1, "step": 0}], example=example)
    request = run.request(ShownFinding(stale))
    assert (request.round, request.step, request.cell) == (number, step, "indexes+caching")
    assert request.why.endswith("It is stale.")


def test_a_finding_without_an_example_opens_its_first_step(run: Run) -> None:
    request = run.request(finding(factors=["caching"], steps=[{"round": 1, "step": 3}], example={"key": "k"}))
    assert (request.round, request.step, request.cell) == (1, 3, "caching")


@pytest.mark.parametrize("steps", [[], [None], None])
def test_a_finding_about_no_single_request_says_so(run: Run, steps: Any) -> None:
    with pytest.raises(InputError, match="not about single requests"):
        run.request(finding(sentence="An index is unused.", steps=steps, example=None))


def test_cells_in_words() -> None:
    assert in_words("all_off", ["indexes"]) == "everything off"
    assert in_words("indexes+caching", ["indexes", "caching"]) == "only indexes and caching on"
    assert in_words("twin", ["indexes"]) == "everything on (A/A control)"


def test_tables_are_data_frames(run: Run) -> None:
    request = run.request("payments")
    assert all(
        isinstance(table, pd.DataFrame) for table in (request.samples, request.differences, request.recorded.queries)
    )
