"""What changed within a run whose factor is two revisions: each planted change is told, and nothing else is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from perflab.report import build
from perflab.report.comment.changes import Changes
from perflab.report.comment.sentence import sentence
from perflab.report.comment.within_run import changes_within, code_factor
from perflab.run.cells import CANARY, OPTIMISED, TWIN
from perflab.run.store import Run
from tests.perflab import saved_run
from tests.perflab.report.comment.made_up import FACTOR, TRUTH, of_code
from tests.perflab.synthetic import Truth, make_samples, scenario


def of_run(run: Run) -> Changes:
    return changes_within(run, build(run))


NEW = (OPTIMISED, TWIN, CANARY)


def in_new(samples: pd.DataFrame, endpoint: str = "list", *, round_number: int | None = None) -> Any:
    """The requests of an endpoint that the new revision answered."""
    rows = samples["cell"].isin(NEW) & (samples["endpoint"] == endpoint)
    return (rows if round_number is None else rows & (samples["round"] == round_number)).to_numpy(bool)


def test_the_same_code_twice_changed_nothing(tmp_path: Path) -> None:
    made = of_run(of_code(tmp_path))
    assert (made.subject, made.before, made.after) == ("pull request", "main", "feature/fast")
    assert (made.responses, made.query_counts, made.time.pace, made.rows) == (0, 0, "same", ())
    assert not made.changed
    text = sentence(made)
    assert text.startswith("This pull request changed 0 responses, 0 query counts, and no time (±")
    assert any("responses were compared" in note for note in made.notes)


def test_changed_responses_are_counted_and_named(tmp_path: Path) -> None:
    samples = make_samples(TRUTH)
    rows = in_new(samples)
    samples.loc[rows, "response_digest"] = "another"
    made = of_run(of_code(tmp_path, samples))
    number = int((samples.loc[rows, "cell"] == OPTIMISED).sum())
    assert made.responses == number and made.query_counts == 0 and made.changed
    assert [row.what for row in made.rows] == ["list"]
    assert f"{number:,} of " in made.rows[0].sentence


def test_a_further_query_is_worse_and_one_less_is_better(tmp_path: Path) -> None:
    samples = make_samples(TRUTH)
    samples.loc[in_new(samples), "query_count"] += 1
    samples.loc[in_new(samples, "detail"), "query_count"] -= 1
    made = of_run(of_code(tmp_path, samples))
    assert made.query_counts == 2
    assert [(row.what, row.verdict) for row in made.rows] == [("list", "worse"), ("detail", "better")]
    assert made.rows[0].sentence.startswith("3 → 4 queries in a request: more in ")


def test_queries_that_differ_between_identical_cells_are_left_out(tmp_path: Path) -> None:
    samples = make_samples(TRUTH)
    samples.loc[(in_new(samples) & (samples["cell"] == OPTIMISED)).to_numpy(bool), "query_count"] += 1
    assert of_run(of_code(tmp_path, samples)).query_counts == 0


@pytest.mark.parametrize(("factor", "pace", "verdict"), [(1.3, "slower", "worse"), (0.7, "faster", "better")])
def test_time_is_judged(tmp_path: Path, factor: float, pace: str, verdict: str) -> None:
    truth = Truth(**{**vars(TRUTH), "effects": {"change": factor}})
    made = of_run(of_code(tmp_path, truth=truth))
    assert made.time.pace == pace
    assert {row.verdict for row in made.rows} == {verdict}
    assert made.rows[0].what == "All requests"
    assert f"time by {'+' if factor > 1 else '−'}" in sentence(made)


def test_noise_is_undecided_and_no_change(tmp_path: Path) -> None:
    truth = Truth(**{**vars(TRUTH), "cell_noise": 0.1})
    made = of_run(of_code(tmp_path, truth=truth))
    assert made.time.pace == "undecided" and not made.changed
    assert [(row.what, row.verdict) for row in made.rows] == [("All requests", "undecided")]
    assert "no time that can be told from noise (±" in sentence(made)


def test_failed_requests_come_first(tmp_path: Path) -> None:
    samples = make_samples(TRUTH)
    rows = in_new(samples, round_number=1)
    samples.loc[rows, "error"] = "ValueError: no"
    made = of_run(of_code(tmp_path, samples))
    assert made.rows[0].what == "errors" and made.rows[0].verdict == "worse"


def test_beside_other_factors_the_code_is_compared_with_all_of_them_on(tmp_path: Path) -> None:
    truth = Truth(**{**vars(TRUTH), "factors": ("caching", "change")})
    samples = make_samples(truth)
    rows = ((samples["change"] == "on") & (samples["endpoint"] == "list")).to_numpy(bool, na_value=False)
    samples.loc[rows, "query_count"] += 2
    factors = [{"name": "caching", "kind": "cache"}, FACTOR]
    made = of_run(of_code(tmp_path, samples, truth, factors))
    assert made.subject == "pull request" and made.query_counts == 1
    assert [(row.what, row.verdict) for row in made.rows if "queries" in row.sentence] == [("list", "worse")]


def test_a_run_of_switches_compares_everything_on_with_off(tmp_path: Path) -> None:
    made = of_run(saved_run.save(tmp_path))
    assert (made.subject, made.before, made.after) == ("switches", "everything off", "everything on")
    assert made.query_counts and made.time.pace == "faster"
    assert {row.verdict for row in made.rows} <= {"better", "worse"}


@pytest.mark.parametrize(
    ("levels", "names"),
    [
        ({"off": {"revision": "main"}, "on": {"revision": "HEAD"}}, ("main", "HEAD")),
        ({"off": {"revision": "v1"}, "on": {"patch": "a.patch"}}, ("v1", "a.patch")),
        ({"off": {"revision": "v1"}}, ("v1", "the working tree")),
        ({"off": "v1", "on": {}}, ("v1", "the working tree")),
    ],
)
def test_a_level_is_called_by_what_it_is(levels: dict[str, Any], names: tuple[str, str]) -> None:
    factor = code_factor({"factors": [{"name": "a", "kind": "indexes"}, {"name": "change", "kind": "code", **levels}]})
    assert factor is not None and (factor.name, factor.before, factor.after) == ("change", *names)
    assert code_factor(scenario()) is None
