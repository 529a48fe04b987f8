"""docs/tutorial.md, from an empty folder to its last command: its files are written, its commands executed, in its order."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.docs.markdown import PROJECT, PROMPT, TUTORIAL, Block

# Figures, and what was concluded from them, are a machine's own.
FIGURE = re.compile(r"[-−+]?\d[\d,.]*(?: ?(?:µs|ms|s|%|x))?")
VERDICT = re.compile(r"\b(?:supported|refuted|inconclusive|not measured|passed)\b")
COLUMN = re.compile(r" {2,}")
ANYTHING = "..."


def shape(line: str) -> str:
    """A line of output without what differs from machine to machine: of a row with figures its first column, figures masked."""
    columns = COLUMN.split(line.strip())
    return masked(" ".join(columns[:1] if re.search(r"\d", line) else columns))


def masked(line: str) -> str:
    """A line without figures and verdicts, its columns a space apart."""
    return VERDICT.sub("VERDICT", FIGURE.sub("#", COLUMN.sub(" ", line.strip())))


def is_compared(line: str) -> bool:
    """Whether a line says the same everywhere: no rule below a heading, no sentence with figures in it."""
    return bool(line.strip("- ")) and line != ANYTHING and not (re.search(r"\d", line) and line.rstrip().endswith("."))


def missing(shown: Sequence[str], printed: Sequence[str]) -> list[str]:
    """The lines of a document's output that a command did not print, in their order.

    A printed line may go on, with the reason of a verdict, which has figures: three rounds do not always allow one on times.
    """
    left = iter([masked(line) for line in printed])
    return [
        line
        for line in shown
        if is_compared(line) and not any(line_printed.startswith(shape(line)) for line_printed in left)
    ]


def test_output_is_compared_by_its_shape() -> None:
    shown = ["The list is fast  1.0 ms  supported", "-----", "...", "1 of 3 claims holds: 5% less.", "4 files"]
    assert missing(shown, ["noise", "The list is fast  22 ms  refuted", "19 files"]) == []
    assert missing(shown, ["4 files", "The list is fast"]) == ["4 files"]
    assert missing(["Nobody is shown an old list  0"], ["It repeats no query  0"]) == ["Nobody is shown an old list  0"]
    withheld = "inconclusive  claim fast  The list is fast: inconclusive. The carry-over of 5.1% is outside the margin."
    assert missing(["passed  claim fast  The list is fast: supported."], [withheld]) == []
    assert (
        missing(["passed  claim fast  The list is fast: supported."], ["passed  claim new  It is new: supported."])
        != []
    )
    assert missing(["cache  the caches default"], ["cache  the caches sessions"]) == ["cache  the caches default"]


def change(text: str, patch: str) -> str:
    """A text with a diff applied whose lines stand in it once."""
    sides = {side: "".join(f"{line[1:]}\n" for line in patch.splitlines() if line[:1] in (" ", side)) for side in "-+"}
    assert text.count(sides["-"]) == 1, f"not there, or more than once:\n{sides['-']}"
    return text.replace(sides["-"], sides["+"])


def execute(block: Block, folder: Path, environment: Mapping[str, str]) -> None:
    """The commands of a block one after the other; each prints what the document shows below it, in shape."""
    for part in f"\n{block.text}".split(f"\n{PROMPT}")[1:]:
        command, *shown = part.splitlines()
        done = subprocess.run(
            ["/bin/bash", "-c", command],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        transcript = f"{block.place}: {command}\n{done.stdout}{done.stderr}"
        assert done.returncode == 0, transcript
        assert missing(shown, done.stdout.splitlines()) == [], transcript


def summaries(folder: Path) -> list[dict[str, object]]:
    runs = sorted(folder.glob("reports/scenario/*/summary.json"))
    return [json.loads(run.read_text(encoding="utf-8")) for run in runs]


def verdicts(summary: Mapping[str, object]) -> dict[str, str]:
    claims = summary["claims"]
    assert isinstance(claims, list)
    return {claim["id"]: claim["verdict"] for claim in claims}


@pytest.mark.whole_run
@pytest.mark.replays
@pytest.mark.slow
@pytest.mark.servers
@pytest.mark.timeout(1500)
def test_a_newcomer_gets_from_nothing_to_a_gate(tmp_path: Path, perflab_home: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, arguments in {"python": "", "perflab": "-m perflab"}.items():  # as in the environment that step 1 made
        (tools / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
        (tools / name).chmod(0o755)
    environment = {
        **{name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(PROJECT / "app"),
    }
    folder = tmp_path / "cookbook-project"
    for block in TUTORIAL.blocks:
        if block.label and block.language == "diff":
            file = folder / block.label
            file.write_text(change(file.read_text(encoding="utf-8"), block.text), encoding="utf-8")
        elif block.label:
            (folder / block.label).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.label).write_text(block.text, encoding="utf-8")
        elif block.language == "console":
            execute(block, folder, environment)

    first, own = summaries(folder)
    assert verdicts(first) == {}
    assert verdicts(own)["fresh"] == "refuted" and verdicts(own)["faster"] != "supported"
    assert verdicts(own)["queries"] == "supported"
    page = html.unescape(max(folder.glob("reports/scenario/*/summary.html")).read_text(encoding="utf-8"))
    headings = set(re.findall(r"<h2[^>]*>([^<]+)</h2>", page))
    explained = re.findall(r"^- \*\*([^*]+)\*\*", TUTORIAL.prose, flags=re.MULTILINE)
    absent = {name.rstrip(".") for name in explained} - headings
    assert absent <= {"What to do"}, "and that only where the machine was too busy for verdicts on times"
    assert headings - {name.rstrip(".") for name in explained} - {"Contents"} == set(), "a heading that nobody explains"
