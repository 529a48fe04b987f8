"""A whole run in a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
ESCAPES = re.compile(r"\x1b\[[?0-9;]*[A-Za-z]")
SHOW_CURSOR, HIDE_CURSOR = "\x1b[?25h", "\x1b[?25l"


def in_terminal(arguments: list[str], columns: int, project: Path, stop_at: str | None = None) -> tuple[int, str]:
    """Run perflab in a pseudo terminal of this width; its exit code and all that it wrote.

    `stop_at`: press Ctrl-C once this has been written.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    left_out = ("CI", "COLUMNS", "LINES", "NO_COLOR")
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
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
            if stop_at is not None and stop_at.encode() in written:
                stop_at = None
                process.send_signal(signal.SIGINT)
    return process.wait(), written.decode(errors="replace")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Somebody's project with a small scenario."""
    (tmp_path / "scenarios").mkdir()
    shutil.copy(PROJECT / "tests" / "projects" / "library" / "scenario.yaml", tmp_path / "scenarios" / "library.yaml")
    return tmp_path


RUN = ["run", "scenarios/library.yaml", "--profile", "smoke"]
SMALL = [
    *("-p", "rounds=2", "-p", "replay_s=4"),  # a phase of less than a second leaves no line
    *("-p", "index_study_s=0", "-p", "warm_s=0"),
]


@pytest.mark.whole_run
@pytest.mark.replays
@pytest.mark.slow
@pytest.mark.servers
@pytest.mark.timeout(900)  # a replay takes turns with others on the machine
def test_a_run_in_a_terminal_reports_its_phases_what_is_left_its_verdicts_and_the_page(project: Path) -> None:
    columns = 80  # few: nothing may be cut off or wrapped
    code, screen = in_terminal([*RUN, *SMALL], columns, project)
    assert code == 0, screen
    assert screen.rindex(SHOW_CURSOR) > screen.rindex(HIDE_CURSOR)
    drawn = [line.rstrip() for line in re.split(r"[\r\n]+", ESCAPES.sub("", screen))]
    assert max(map(len, drawn)) <= columns
    bars = [line for line in drawn if re.match(r"replay +[━╸╺ ]{20} +\d+%", line)]
    assert any(" at least " in line for line in bars), "in the first round it is not known how long one takes"
    assert any(" about " in line for line in bars), "in the second it is"
    assert any(re.fullmatch(r"replay · \d+ s", line) for line in drawn), "a phase leaves what it took"
    assert any(
        re.search(r"^ *Half the queries .* (supported|refuted|inconclusive|not measured)$", line) for line in drawn
    )
    assert (project / [line for line in drawn if line][-1]).is_file(), "the page to open comes last"


@pytest.mark.whole_run
@pytest.mark.replays
@pytest.mark.slow
@pytest.mark.servers
@pytest.mark.timeout(900)  # a replay takes turns with others on the machine
def test_after_ctrl_c_the_cursor_is_there_again_and_the_last_line_says_how_to_go_on(project: Path) -> None:
    code, screen = in_terminal([*RUN, *SMALL], 120, project, stop_at=HIDE_CURSOR)
    assert code == 2, screen
    assert screen.rindex(SHOW_CURSOR) > screen.rindex(HIDE_CURSOR)
    last = re.split(r"[\r\n]+", ESCAPES.sub("", screen).rstrip())[-1]
    assert last.startswith(
        "perflab: stopped by the user; to run it again: perflab run scenarios/library.yaml --profile smoke"
    )
