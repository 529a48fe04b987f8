"""A loaded run: what it is in a few facts, and the way to what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import perflab
from perflab import report
from perflab.errors import InputError
from perflab.explore import Run, load
from perflab.run.tables import SCHEMA_VERSION
from perflab.run.writer import write_json
from tests.perflab import explored, saved_run


def test_a_run_shows_what_it_is(run: Run) -> None:
    html = run._repr_html_()
    for words in ("20261123-101500", "Did Phase 2 pay off?", "complete", "smoke", "8 combinations of indexes, queries, caching",
                  "twin, twin_off, canary, reference"):  # fmt: skip
        assert words in html
    assert f"{len(run.samples):,}, of which" in html
    assert repr(run).startswith("perflab run 20261123-101500\n  scenario: Did Phase 2 pay off?")


def test_no_absolute_path_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = explored.save(tmp_path / "reports")
    assert "summary.html (not written yet)" in repr(made)
    (made.directory / "summary.html").write_text("")
    assert "summary.html (not written yet)" not in repr(made)
    assert "reports/marketplace/20261123-101500/summary.html" in made._repr_html_()
    elsewhere = tmp_path / "kept"
    made.directory.rename(elsewhere)
    moved = load(elsewhere)
    assert moved.page == "kept/summary.html"
    for shown in (made._repr_html_(), repr(moved), moved._repr_html_()):
        assert str(tmp_path) not in shown


def test_what_somebody_wrote_is_escaped(tmp_path: Path) -> None:
    title = "<script>alert(1)</script>"
    made = saved_run.save(tmp_path / "reports", status="failed", scenario=explored.question(title=title))
    html = load(made.directory)._repr_html_()
    assert "<script>" not in html and "&lt;script&gt;" in html


def test_the_verdict_is_that_of_the_page(tmp_path: Path) -> None:
    made = explored.save(tmp_path / "reports")
    assert "not written yet" in repr(made)
    written = report.write(made)
    assert str(written.verdict) in repr(made)
    assert load(made.directory).summary.as_dict() == json.loads((made.directory / "summary.json").read_text())


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        json.dumps({"schema": SCHEMA_VERSION, "run_id": "another"}),
        json.dumps({"schema": 1, "run_id": "20261123-101500"}),
    ],
)
def test_a_summary_that_is_not_this_runs_is_as_good_as_none(tmp_path: Path, content: str) -> None:
    made = explored.save(tmp_path / "reports")
    (made.directory / "summary.json").write_text(content)
    assert "not written yet" in repr(made)
    assert made.summary.run_id == made.run_id


def test_a_run_that_is_not_complete_has_no_verdict_whatever_was_written(tmp_path: Path) -> None:
    made = load(saved_run.save(tmp_path / "reports", status="failed").directory)
    write_json(
        made.directory / "summary.json", {"schema": SCHEMA_VERSION, "run_id": made.run_id, "verdict": "Yes: all hold."}
    )
    assert "Yes" not in repr(made) and "the run is not complete" in repr(made)
    assert "failed: the worker of indexes died" in repr(made)
    assert str(made.summary.verdict).startswith("No verdict")


def test_claims_are_listed_and_found_by_their_id(run: Run) -> None:
    assert [claim["id"] for claim in run.claims] == [claim["id"] for claim in run.scenario["claims"]]
    assert run.claim("query-count")["metric"] == "query_count"
    assert "Claims and measurements" in run.claims._repr_html_()
    with pytest.raises(InputError, match="no claim 'speed'; use one of response-time"):
        run.claim("speed")


def test_an_effect_is_the_pages_and_effects_are_a_table(run: Run) -> None:
    effect = run.effect("payments", "query_count")
    assert (effect["endpoint"], effect["before"]) == ("payments", 62)
    table = run.effects(metrics=["query_count"], by=("endpoint",))
    assert table.query("endpoint == 'payments' and contrast == 'all_on / all_off'")["before"].item() == effect["before"]


def test_an_endpoint_is_that_of_the_name_or_the_worst(run: Run) -> None:
    assert run.endpoint("job") == "job"
    assert run.endpoint() in ("payments", "job", "pay")
    with pytest.raises(InputError, match="no endpoint 'jobs'; use one of job, pay, payments"):
        run.endpoint("jobs")


def test_a_run_that_made_no_request_has_no_endpoint(tmp_path: Path) -> None:
    made = saved_run.save(tmp_path / "reports", status="failed")
    for table in ("trace", "samples"):
        for file in (made.directory / table).iterdir():
            file.unlink()
    with pytest.raises(InputError, match="made no request"):
        load(made.directory).endpoint()


def test_findings_and_figures_and_requests_are_reached_from_it(run: Run) -> None:
    assert len(run.findings) == len(run.summary.findings)
    assert "before_after" in repr(run.figure())
    assert run.request("payments").endpoint == "payments"
    assert "no earlier complete run of" in repr(run.compare())


def test_perflab_load_gives_it(run: Run) -> None:
    loaded: Any = perflab.load(run.directory)
    assert type(loaded) is Run and perflab.Run is Run
