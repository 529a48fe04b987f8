"""What a command prints last, in a terminal and in a pipe."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from perflab.cli.closing import closing
from perflab.run.store import Run
from perflab.run.summary import Summary
from tests.perflab import saved_run
from tests.perflab.summaries import summary_of

CLAIM = {
    "statement": "Response time falls by 95-98%", "metric": "latency_s", "unit": "s", "before": 0.0142, "after": 0.00458,
    "estimate": 0.681, "low": 0.635, "high": 0.722, "verdict": "refuted",
}  # fmt: skip
VERDICT = "Partly: 5 of 10 measured claims hold. " + "The average request takes less. " * 5
SUMMARY = summary_of(verdict=VERDICT, claims=[CLAIM])
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def in_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.chdir(tmp_path)
    return monkeypatch


def text(run: Run | None = None, summary: Summary = SUMMARY) -> str:
    return closing(run or saved_run.without_samples(), summary, Path.cwd() / "summary.html")


@pytest.mark.parametrize("columns", [20, 40, 80, 120])
def test_it_fits_the_terminal(columns: int, in_terminal: pytest.MonkeyPatch) -> None:
    in_terminal.setenv("COLUMNS", str(columns))
    lines = [line.rstrip() for line in COLOURS.sub("", text()).splitlines()]
    assert max(map(len, lines)) <= columns
    assert lines[1].startswith("Partly: ")
    assert any("refuted" in line for line in lines)
    assert lines[-1] == "summary.html"


def test_a_verdict_has_a_colour_unless_nobody_wants_one(in_terminal: pytest.MonkeyPatch) -> None:
    in_terminal.setenv("COLUMNS", "120")
    assert "\x1b[31mrefuted\x1b[0m" in text()
    in_terminal.setenv("NO_COLOR", "1")
    assert "\x1b[31m" not in text()


def test_what_a_scenario_says_drives_no_terminal(in_terminal: pytest.MonkeyPatch) -> None:
    hostile = summary_of(verdict=VERDICT, claims=[{**CLAIM, "statement": "[red]a\x1b[2Jb\nc[/red]"}])
    assert "[red]a [2Jb c[/red]" in text(summary=hostile)


def test_a_scenario_without_claims_says_so(in_terminal: pytest.MonkeyPatch) -> None:
    assert "The scenario makes no claim." in text(summary=summary_of(verdict=VERDICT))


def test_in_a_pipe_a_verdict_stays_one_line_and_has_no_escapes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert VERDICT in text().splitlines()
    assert "\x1b" not in text()


@pytest.mark.parametrize("terminal", [False, True])
def test_a_run_that_did_not_end_well_says_why_in_one_line(
    terminal: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    facts: dict[str, Any] = {"status": "failed", "error": "the worker\n\x1b[2Jdied"}
    assert "The run failed: the worker [2Jdied" in text(saved_run.without_samples(**facts)).splitlines()
