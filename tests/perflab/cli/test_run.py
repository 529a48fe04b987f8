"""How a command ends: what it prints last."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

import pytest

from perflab.cli import run as pipeline
from perflab.run.store import Run
from tests.perflab import saved_run

PROJECT = Path(__file__).resolve().parents[3]
CLAIM = {
    "statement": "Response time falls by 95-98%", "metric": "latency_s", "unit": "s", "before": 0.0142, "after": 0.00458,
    "estimate": 0.681, "low": 0.635, "high": 0.722, "verdict": "refuted",
}  # fmt: skip
SUMMARY = {
    "verdict": "Partly: 5 of 10 measured claims hold. " + "The average request takes less. " * 5,
    "claims": [CLAIM],
}


def closing(run: Run, monkeypatch: pytest.MonkeyPatch, columns: int | None, tmp_path: Path) -> list[str]:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: columns is not None)
    if columns:
        monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.chdir(tmp_path)
    return pipeline._closing(run, SUMMARY, tmp_path / "summary.html").splitlines()


@pytest.mark.parametrize("columns", [80, 120])
def test_the_closing_table_fits_the_terminal(columns: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lines = closing(saved_run.without_samples(), monkeypatch, columns, tmp_path)
    assert max(map(len, lines)) <= columns
    assert lines[1].startswith("Partly: ")
    assert any("refuted" in line for line in lines)
    assert lines[-1] == "summary.html"


def test_in_a_pipe_a_verdict_stays_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lines = closing(saved_run.without_samples(), monkeypatch, None, tmp_path)
    assert SUMMARY["verdict"] in lines


def test_a_run_that_did_not_end_well_says_why_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    facts: dict[str, Any] = {"status": "failed", "error": "the worker\n\x1b[2Jdied"}
    lines = closing(saved_run.without_samples(**facts), monkeypatch, 80, tmp_path)
    assert "The run failed: the worker [2Jdied" in lines


# -- in a terminal -------------------------------------------------------------------------------------------------


def in_terminal(arguments: list[str], columns: int, project: Path) -> tuple[int, str]:
    """Run perflab in a pseudo terminal of this width; its exit code and all that it wrote."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "COLUMNS", "LINES")}
    environment |= {"TERM": "xterm", "PYTHONPATH": os.pathsep.join(map(str, (PROJECT / "app", PROJECT)))}
    command = [sys.executable, "-m", "perflab", *arguments]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=project, env=environment)
    os.close(theirs)
    written = b""
    with open(ours, "rb", buffering=0) as screen:
        while process.poll() is None or select.select([screen], [], [], 0)[0]:
            try:
                written += screen.read(65536) or b""
            except OSError:  # the other end is closed
                break
    return process.wait(), written.decode(errors="replace")


@pytest.mark.replays
@pytest.mark.slow
@pytest.mark.servers
@pytest.mark.timeout(900)  # a replay takes turns with others on the machine
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a private Valkey and /proc")
def test_a_run_in_a_terminal_tells_its_phases_what_is_left_its_verdicts_and_the_page(tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    shutil.copy(PROJECT / "tests" / "projects" / "library" / "scenario.yaml", tmp_path / "scenarios" / "library.yaml")
    small = ["-p", "rounds=2", "-p", "replay_s=4", "-p", "ledger_s=0"]
    code, screen = in_terminal(["run", "scenarios/library.yaml", "--profile", "smoke", *small], 80, tmp_path)
    assert code == 0, screen
    drawn = [line.rstrip() for line in re.split(r"[\r\n]+", screen)]
    assert max(map(len, drawn)) <= 80
    assert any(re.match(r"replay [█░]{20} .*· at least .* left", line) for line in drawn), "nothing to forecast from"
    assert any(re.fullmatch(r"replay · \d+ s", line) for line in drawn), "a phase leaves what it took"
    assert any(
        re.search(r"^Half the queries .* (supported|refuted|inconclusive|not measured)$", line) for line in drawn
    )
    assert (tmp_path / [line for line in drawn if line][-1]).is_file(), "the page to open comes last"

    code, screen = in_terminal(["run", "scenarios/library.yaml", "--profile", "smoke", *small], 120, tmp_path)
    assert code == 0, screen
    drawn = [line.rstrip() for line in re.split(r"[\r\n]+", screen)]
    assert max(map(len, drawn)) <= 120
    assert any(re.match(r"[█░]{20} +\d+% · about .* left · replay", line) for line in drawn), (
        "the first run tells of it"
    )
