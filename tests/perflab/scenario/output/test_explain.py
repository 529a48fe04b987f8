"""What `perflab check` prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from perflab.scenario.loading import load, parse
from perflab.scenario.output.explain import explain

SCENARIOS = Path(__file__).parents[4] / "scenarios"


def test_a_page_has_the_question() -> None:
    scenario = load(SCENARIOS / "marketplace.yaml")
    page = explain(scenario)
    assert page.startswith("Did Phase 2 pay off?\n")
    for cell in ("all_off", "indexes+queries", "all_on", "twin", "twin_off", "canary", "reference"):
        assert cell in page
    for endpoint in scenario.traffic.endpoints:
        assert endpoint.path in page
    for claim in scenario.claims:
        assert claim.statement in page
    assert "service time: at least 95.0% less" in page
    assert "indexes added: exactly 22" in page
    assert "capacity: at least 4.00 times" in page
    assert "300,000 applications" in page
    assert "  indexes  indexes: those that the models declare\n" in page
    assert "MARKETPLACE_OPTIMISED_QUERIES: False when off, True when on" in page
    assert (
        "  controls  twin (A/A control), twin_off (A/A control), canary (positive control), reference (calibration request)\n"
        in page
    )
    assert "  POST /jobs/  affects client-jobs\n" in page
    assert "None" not in page


def test_the_path_is_relative_to_the_current_folder_where_it_lies_below(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (SCENARIOS / "marketplace.yaml").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lab").mkdir()
    assert "\n  lab/mine.yaml: site_config.settings" in explain(parse(text, tmp_path / "lab" / "mine.yaml"))
    assert "\n  mine.yaml: site_config.settings" in explain(parse(text, "mine.yaml"))
    monkeypatch.chdir(tmp_path / "lab")
    assert f"\n  {tmp_path}/mine.yaml: " in explain(parse(text, tmp_path / "mine.yaml"))


def test_it_says_what_it_is_measured_on_where_that_is_known() -> None:
    scenario = load(SCENARIOS / "marketplace.yaml")
    assert "  measured on SQLite\n" in explain(scenario, "sqlite")
    assert "measured on" not in explain(scenario)
    assert "  measured on SQLite\n  database log: has a database of its own\n" in explain(
        scenario, "sqlite", ["database log: has a database of its own"]
    )


def test_a_scenario_without_claims_says_so() -> None:
    scenario = load(SCENARIOS / "marketplace.yaml").model_copy(update={"claims": []})
    assert "Claims: none" in explain(scenario)


def test_without_factors_it_says_that_nothing_is_compared() -> None:
    text = (SCENARIOS / "marketplace.yaml").read_text(encoding="utf-8")
    page = explain(parse(text[: text.index("factors:")] + text[text.index("margin:") :]))
    assert "Factors: none, so nothing is compared\n  cells     all_off\n" in page
    assert "Margin" not in page and "Capacity: of all_off, on gunicorn sync\n" in page


def test_what_a_factor_stands_for_is_listed() -> None:
    scenario = load(SCENARIOS / "marketplace.yaml")
    names = [f"payment_index_number_{n}" for n in range(9)]
    lines = explain(scenario, switched={"indexes": names}).splitlines()
    first = lines.index("  indexes (9): " + ", ".join(names[:4]) + ",")
    assert (
        lines[first + 1].startswith("    payment_index_number_4, ") and max(map(len, lines[first : first + 3])) <= 120
    )


def test_what_would_reach_a_terminal_is_left_out() -> None:
    scenario = load(SCENARIOS / "marketplace.yaml").model_copy(update={"title": "a\x1b[31m\nb\u202e"})
    assert explain(scenario).startswith("a [31m b \n  ")
