"""The list of all runs, and how service time went over them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from perflab.report.runs import index
from tests.perflab import alone, saved_run
from tests.perflab.report import page_of
from tests.perflab.summaries import CLAIM
from tests.perflab.synthetic import scenario

NASTY = '"><script>alert(1)</script>'


def run_json(reports: Path, run_id: str, after: float | None, folder: str = "marketplace", **changes: Any) -> None:
    """What the list reads of a run: the facts, and of the summary the verdict and two effects."""
    directory = reports / folder / run_id
    directory.mkdir(parents=True)
    started = f"{run_id[:4]}-{run_id[4:6]}-{run_id[6:8]}T10:15:00+00:00"
    facts = {"run_id": run_id, "scenario_name": folder, "status": "complete", "started_at": started,
             "parameters": {"profile": "smoke", "seed": 1}, **changes}  # fmt: skip
    (directory / "run.json").write_text(json.dumps(facts), encoding="utf-8")
    effects = [
        {"endpoint": "ALL", "metric": metric, "statistic": "mean", "contrast": "all_on / all_off", "before": before,
         "after": value, "ratio": value / before, "difference": value - before, "low": None, "high": None}
        for metric, before, value in (("latency_s", 0.02, after), ("query_count", 30.0, 2.0)) if value is not None
    ]  # fmt: skip
    entries = {
        "verdict": "Yes: it holds. All stayed the same.", "effects": effects, "claims": [{**CLAIM, "verdict": "supported"}],
        "equivalence": {"compared": 12, "changed": 0},
    }  # fmt: skip
    (directory / "summary.json").write_text(json.dumps(entries), encoding="utf-8")


def listed(reports: Path) -> tuple[dict[str, Any], str]:
    text = index.write(reports).read_text(encoding="utf-8")
    entries: dict[str, Any] = json.loads((reports / "index.json").read_text(encoding="utf-8"))
    return entries, text


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


def test_before_and_after_stand_beside_the_verdict(tmp_path: Path) -> None:
    run_json(tmp_path, "20261101-000000", 0.004)
    entries, text = listed(tmp_path)
    assert entries["runs"][0]["queries"]["after"] == 2
    assert entries["runs"][0]["verdict"] == "Yes: it holds. All stayed the same.", "as it was written"
    for part in (
        "20.0 ms → 4.00 ms",
        "80% less",
        "30 → 2",
        "Yes: the one measured claim is supported.",
        "All 12 compared responses with everything on are unchanged.",
    ):
        assert part in text


def test_the_newest_is_the_one_that_began_last_whatever_it_is_called(tmp_path: Path) -> None:
    run_json(tmp_path, "20261103-000000", 0.004)
    run_json(tmp_path, "baseline", 0.004, started_at="2026-11-02T00:00:00+00:00")
    run_json(tmp_path, "20261101-000000", 0.004)
    entries, _ = listed(tmp_path)
    assert [run["run_id"] for run in entries["runs"]] == ["20261103-000000", "baseline", "20261101-000000"]


def test_runs_of_one_question_make_a_line_from_the_oldest_to_the_newest(tmp_path: Path) -> None:
    for day, after in (("01", 0.005), ("02", 0.003), ("03", 0.004), ("04", None)):
        run_json(tmp_path, f"202611{day}-000000", after)
    run_json(tmp_path, "20261105-000000", 0.009, parameters={"profile": "smoke", "seed": 2, "rounds": 9})
    run_json(tmp_path, "20261106-000000", 0.5, parameters={"profile": "smoke", "database": "sqlite"})
    run_json(tmp_path, "20261107-000000", 0.5, parameters={"profile": "nightly"})
    run_json(tmp_path, "20261108-000000", 0.5, folder="other")
    run_json(tmp_path, "20261109-000000", 0.5, status="failed")
    entries, text = listed(tmp_path)
    (line,) = entries["trends"]
    assert (line["scenario"], line["profile"], line["changed"]) == ("marketplace", "smoke", "")
    assert [point["value"] for point in line["points"]] == [0.005, 0.003, 0.004, 0.009]
    assert text.count("<svg") == 1
    assert "in 4 runs from 5.00 ms to 9.00 ms, the lowest 3.00 ms, the highest 9.00 ms" in text
    assert "database = sqlite" in text, "what was changed by hand stands beside the profile"


@pytest.mark.parametrize("runs", [0, 1])
def test_one_run_makes_no_line(tmp_path: Path, runs: int) -> None:
    for number in range(runs):
        run_json(tmp_path, f"2026110{number + 1}-000000", 0.004)
    entries, text = listed(tmp_path)
    assert entries["trends"] == []
    assert "<svg" not in text and "Trend from run to run" not in text


def test_five_hundred_runs_fit_on_a_page(tmp_path: Path) -> None:
    for number in range(500):
        run_json(tmp_path, f"20260101-{number:06d}", 0.004 + number % 7 / 1e4)
    entries, text = listed(tmp_path)
    assert len(entries["trends"][0]["points"]) == 500
    assert text.count("<tr ") == 501
    assert len(text.encode()) < 1_500_000


def test_the_same_runs_give_the_same_bytes(tmp_path: Path) -> None:
    for day in ("01", "02"):
        run_json(tmp_path, f"202611{day}-000000", 0.004)
    first = [index.write(tmp_path).read_bytes(), (tmp_path / "index.json").read_bytes()]
    assert [index.write(tmp_path).read_bytes(), (tmp_path / "index.json").read_bytes()] == first


def test_whatever_a_run_says_is_text_and_its_folder_no_address(tmp_path: Path) -> None:
    for run_id in ("20261101-000000", "20261102-000000"):
        parameters = {"profile": NASTY, "zipf": NASTY}
        run_json(tmp_path, run_id, 0.004, folder="javascript:alert(1)", scenario_name=NASTY, status="complete",
                 parameters=parameters, scenario={"title": NASTY})  # fmt: skip
        (tmp_path / "javascript:alert(1)" / run_id / "summary.html").touch()
    _, text = listed(tmp_path)
    assert "<script>" not in text and "&lt;script&gt;" in text
    assert 'href="javascript:' not in text
    assert 'href="javascript%3Aalert%281%29/20261102-000000/summary.html"' in text


@pytest.mark.parametrize(
    "changes", [{"parameters": []}, {"scenario": "x"}, {"started_at": None}, {"scenario_name": None}]
)
def test_a_run_that_says_less_is_listed_all_the_same(tmp_path: Path, changes: dict[str, Any]) -> None:
    run_json(tmp_path, "20261101-000000", 0.004, **changes)
    entries, text = listed(tmp_path)
    assert len(entries["runs"]) == 1
    assert "20.0 ms → 4.00 ms" in text


@pytest.mark.parametrize(
    ("status", "reason"),
    [("running", "Not finished."), ("interrupted", "The run was interrupted."), ("failed", "The run failed."),
     ("complete", "No page yet.")],
)  # fmt: skip
def test_a_run_without_a_verdict_says_why(tmp_path: Path, status: str, reason: str) -> None:
    run_json(tmp_path, "20261101-000000", 0.004, status=status)
    (tmp_path / "marketplace" / "20261101-000000" / "summary.json").unlink()
    assert reason in listed(tmp_path)[1]


@pytest.mark.parametrize("parts", [{"claims": [{"id": "x"}]}, {"findings": [{}]}, {"effects": [1]}, {"attribution": 5}])
def test_a_summary_that_cannot_be_read_does_not_take_the_list_from_the_others(
    tmp_path: Path, parts: dict[str, Any]
) -> None:
    for day in ("01", "02"):
        run_json(tmp_path, f"202611{day}-000000", 0.004)
    damaged = tmp_path / "marketplace" / "20261102-000000" / "summary.json"
    damaged.write_text(json.dumps({"verdict": "Yes: as it was written.", **parts}), encoding="utf-8")
    entries, text = listed(tmp_path)
    assert [run["service_time"] is None for run in entries["runs"]] == [True, False]
    assert "Yes: as it was written." in text and "Yes: the one measured claim is supported." in text


def test_a_run_without_factors_is_listed_with_its_levels(tmp_path: Path) -> None:
    for run_id in ("20261123-101500", "20261124-101500"):
        page_of.write(alone.save(tmp_path, run_id), charts=False)
    (first, _) = index.entries(tmp_path)
    assert len(first.levels) == 2 and first.verdict_parts[0].startswith("A request takes ")
    (trend,) = index.trends(index.entries(tmp_path))
    assert [point.value for point in trend.points] == [first.levels[0]] * 2
    _, text = listed(tmp_path)
    assert "→" not in re.sub("<h1>.*?<table", "", text, flags=re.DOTALL).partition("Newest first")[2]
