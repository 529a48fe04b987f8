"""The list of all runs."""

from __future__ import annotations

import json
from pathlib import Path

from perflab.report import index
from tests.perflab import saved_run
from tests.perflab.report import page_of
from tests.perflab.synthetic import scenario


def test_runs_are_listed_newest_first_whatever_became_of_them(tmp_path: Path) -> None:
    page_of.write(saved_run.save(tmp_path, run_id="20261122-081500"), charts=False)
    saved_run.save(tmp_path, run_id="20261123-081500", status="failed")
    (tmp_path / "marketplace" / "20261124-081500").mkdir()
    (tmp_path / "marketplace" / "20261124-081500" / "run.json").write_text("half a fi")
    path = index.write(tmp_path)
    runs = json.loads((tmp_path / "index.json").read_text(encoding="utf-8"))["runs"]
    assert [(run["run_id"], run["status"]) for run in runs] == [
        ("20261123-081500", "failed"),
        ("20261122-081500", "complete"),
    ]
    assert runs[0]["verdict"] is None
    assert runs[1]["page"] == "marketplace/20261122-081500/summary.html"
    assert runs[1]["service_time"]["ratio"] < 1
    text = path.read_text(encoding="utf-8")
    assert text.index("20261123-081500") < text.index("20261122-081500")
    assert 'href="marketplace/20261122-081500/summary.html"' in text
    assert "The run failed." in text


def test_without_a_run_it_says_how_to_make_one(tmp_path: Path) -> None:
    assert "perflab run SCENARIO" in index.write(tmp_path).read_text(encoding="utf-8")


def test_a_title_is_escaped(tmp_path: Path) -> None:
    saved_run.save(tmp_path, scenario=scenario(title="<script>alert(1)</script>"))
    assert "<script>" not in index.write(tmp_path).read_text(encoding="utf-8")
