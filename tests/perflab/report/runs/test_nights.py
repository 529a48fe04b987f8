"""The history on the list of runs."""

from __future__ import annotations

from pathlib import Path

from perflab.report.runs import index, nights
from perflab.run.history import dataset
from perflab.run.store import load
from tests.perflab.saved_run import SMALL, save
from tests.perflab.summaries import summary_of

STEADY = [0.5, 0.51, 0.49, 0.505, 0.495, 0.5, 0.51, 0.5, 0.49, 0.505, 0.495, 0.5, 0.51, 0.49]


def history(reports: Path, ratios: list[float], revision: str = "abcdef0123456789") -> None:
    run = load(save(reports, SMALL).directory)
    for number, ratio in enumerate(ratios):
        run.meta.update(run_id=f"202611{number + 1:02}-010000", started_at=f"2026-11-{number + 1:02}T01:00:00")
        run.meta["environment"] = {"git_revision": revision, "machine": {"cores": 2}}
        dataset.add(run, summary_of(effects=[{"endpoint": "ALL", "ratio": ratio}]), reports)


def test_a_scenario_has_a_card_with_its_change(tmp_path: Path) -> None:
    history(tmp_path, [*STEADY, 0.6, 0.61, 0.59])
    text = index.write(tmp_path).read_text(encoding="utf-8")
    assert "Night by night" in text and "in 17 nights from 50% less to 41% less" in text
    assert "since abcdef012345 (2026-11-15): 2" in text and "than before, seen in 3 nights." in text


def test_what_a_revision_is_called_is_harmless(tmp_path: Path) -> None:
    history(tmp_path, [*STEADY, 0.6, 0.61, 0.59], "<b>x</b>")
    assert "&lt;b&gt;x&lt;/b&gt;" in index.write(tmp_path).read_text(encoding="utf-8")


def test_without_a_history_or_with_one_night_there_is_none(tmp_path: Path) -> None:
    assert nights.build(tmp_path, "") is None
    history(tmp_path, STEADY[:1])
    assert nights.build(tmp_path, "") is None
    assert "Night by night" not in index.write(tmp_path).read_text(encoding="utf-8")


def test_an_unknown_commit_is_a_dash() -> None:
    assert (nights.commit(None), nights.commit("0123456789abcdef")) == ("–", "0123456789ab")
