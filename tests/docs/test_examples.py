"""Every block of code in the documents is executed, or stands in a list here that says why not and what covers it."""

from __future__ import annotations

import builtins
import os
import re
import shlex
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from perflab.cli.main import main
from perflab.run.tables import TABLES
from tests.docs.markdown import DOCUMENTS, PROJECT, TUTORIAL, Block, Document
from tests.perflab import saved_run, synthetic

ARCHITECTURE, BUDGETS, CI, CONFIRM = "docs/architecture.md", "docs/budgets.md", "docs/ci.md", "docs/confirm.md"

README = Document(PROJECT / "README.md")
RUNS = ("20261123-101500", "20261124-101500")


@dataclass(frozen=True)
class NotRun:
    """Why a command of a document is not executed by a test of the documents, and the file whose tests cover it."""

    why: str
    covered_by: str


MATRIX = "tests/perflab/cli/matrix/test_matrix.py"
NOT_RUN = {
    "make report": NotRun("sets up an environment from the network, then measures for minutes", "tests/test_house.py"),
    "make test": NotRun("is what runs this test", "tests/test_house.py"),
    "perflab run scenarios/mine.yaml --profile smoke": NotRun("takes a minute", "tests/docs/test_tutorial.py"),
    "perflab init": NotRun("wants a project without a scenario", "tests/perflab/cli/test_init.py"),
    "perflab traffic scenarios/mine.yaml LOG --write": NotRun("wants a log", "tests/perflab/cli/test_traffic.py"),
    "perflab run lab/scenario.yaml --profile smoke": NotRun("takes a minute", "tests/perflab/cli/test_init.py"),
    "perflab capacity scenarios/mine.yaml": NotRun("takes minutes", "tests/perflab/experiment/capacity/test_round.py"),
    "perflab matrix scenarios/mine.yaml --over traffic.zipf=0.6,1,1.4": NotRun("takes minutes", MATRIX),
    "perflab matrix scenarios/mine.yaml --over data.scale=0.2,1,5 --over traffic.zipf=0.6,1,1.4": NotRun(
        "takes long", MATRIX
    ),
    "perflab matrix scenarios/mine.yaml --over traffic.zipf=0.6,1,1.4 --scheduler tcp://10.0.0.1:8786": NotRun(
        "wants several machines", MATRIX
    ),
    "dask scheduler": NotRun("is started there", MATRIX),
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED=false dask worker tcp://10.0.0.1:8786 --nthreads 1 --resources lab=1": NotRun(
        "is started there", MATRIX
    ),
    "perflab duel HEAD": NotRun("wants a repository with a change", "tests/cases/test_revisions.py"),
    "perflab run lab/scenario.yaml --profile smoke -p rate_per_s=0.02": NotRun(
        "takes a minute", "tests/docs/test_tutorial.py"
    ),
    "perflab duel": NotRun("wants a repository with a change", "tests/cases/test_revisions.py"),
    "perflab bisect v1.4 --metric changed_responses": NotRun(
        "runs several duels", "tests/perflab/cli/revisions/test_bisect.py"
    ),
    "perflab bisect v1.4": NotRun("runs several duels", "tests/perflab/cli/revisions/test_bisect.py"),
    "perflab confirm RUN --before DIRECTORY --after DIRECTORY": NotRun(
        "wants logs of production", "tests/perflab/cli/production/test_confirm.py"
    ),
    "perflab report latest": NotRun("executes two notebooks", "tests/perflab/cli/test_main.py"),
    "python3 -m venv .venv": NotRun("the tutorial's test has an environment", "tests/docs/test_tutorial.py"),
    ". .venv/bin/activate": NotRun("the tutorial's test has an environment", "tests/docs/test_tutorial.py"),
    "mkdir cookbook-project": NotRun("the tutorial's test has a folder", "tests/docs/test_tutorial.py"),
    "cd cookbook-project": NotRun("the tutorial's test has a folder", "tests/docs/test_tutorial.py"),
    "pip install path/to/perflab": NotRun(
        "changes the environment; the wheel is built and looked into", "tests/test_house.py"
    ),
}


def every_block() -> list[Any]:
    return [pytest.param(document, block, id=block.place) for document in DOCUMENTS for block in document.blocks]


@pytest.mark.parametrize(("document", "block"), every_block())
def test_a_block_is_of_a_kind_that_is_tested(document: Document, block: Block) -> None:
    """A new kind of block wants a test first."""
    if document == TUTORIAL and (block.label or block.language == "console"):
        return  # test_tutorial.py builds the project and executes all of it, in order
    if document.name in (BUDGETS, CI):
        return  # test_budgets.py and test_ci.py execute the commands, and read the workflows
    if document.name == CONFIRM and (block.language in ("nginx", "sql") or "gunicorn" in block.text):
        return  # test_confirm.py reads what these write
    assert block.language in ("sh", "python", "text"), f"{block.place}: who would notice that it is wrong?"
    if block.language == "sh":
        for line in block.lines:
            assert line in NOT_RUN or line in COMMANDS, f"{block.place}: nobody runs `{line}`"
    if block.language == "text" and document.name != ARCHITECTURE:
        assert block.text.startswith("reports/"), f"{block.place}: only a run's directory is compared with one"


def test_the_layers_that_are_drawn_are_those_that_are_checked() -> None:
    """The other two drawings of that document are of what no test can read from the code."""
    (document,) = (each for each in DOCUMENTS if each.name == ARCHITECTURE)
    drawn = [block.lines for block in document.blocks if block.text.startswith("__main__")]
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    assert drawn == [[layer.replace("(", "").replace(")", "") for layer in layers]]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_code_is_fenced(document: Document) -> None:
    """What is indented looks like code to a reader, and not to these tests."""
    assert re.findall(r"(?<=\n\n) {4}\S.*", document.prose) == []


def test_what_is_not_run_is_still_there_and_covered() -> None:
    shown = {line for document in DOCUMENTS for block in document.blocks for line in block.lines}
    assert set(NOT_RUN) - shown == set(), "no document has it any more"
    assert {entry.covered_by for entry in NOT_RUN.values() if not (PROJECT / entry.covered_by).is_file()} == set()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project with a scenario and two saved runs of it, and the working directory in it."""
    (tmp_path / "scenarios").mkdir()
    text = (PROJECT / "scenarios" / "marketplace.yaml").read_text(encoding="utf-8")
    for name in ("mine", "marketplace"):
        (tmp_path / "scenarios" / f"{name}.yaml").write_text(text, encoding="utf-8")
    profiles = {"smoke": {"scale": 1, "rounds": 3, "block": 20, "replay_s": 24, "warmup_blocks": 1}}
    for run_id in RUNS:
        saved_run.save(
            tmp_path / "reports", run_id=run_id, parameters={"profile": "smoke", "seed": 1},
            scenario=synthetic.scenario(saved_run.SMALL, profiles=profiles, subject={}), scenario_name="mine",
            phases=[{"name": "start workers", "seconds": 9.0}, {"name": "replay", "seconds": 24.0}],
        )  # fmt: skip
    (tmp_path / "reports" / "marketplace").rename(tmp_path / "reports" / "mine")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(PROJECT / "app"))
    home = Path(tempfile.mkdtemp(prefix=f"perflab-test-{os.getpid()}-", dir="/var/tmp"))  # `clean` empties it
    monkeypatch.setenv("PERFLAB_HOME", str(home))
    yield tmp_path
    shutil.rmtree(home)


def saying(*words: str) -> Callable[[int, str], None]:
    """What a command has to say when it ends well."""

    def check(code: int, out: str) -> None:
        assert code == 0, out
        for word in words:
            assert word in out

    return check


def gated(code: int, out: str) -> None:
    assert code in (0, 1, 3), out
    assert (Path("reports") / "mine" / RUNS[1] / "junit.xml").is_file()


def examined(code: int, out: str) -> None:
    """A machine may be unfit; it is told line by line."""
    assert code in (0, 2)
    assert "clock" in out


# What stands in the documents, and how it has to end.
COMMANDS: dict[str, Callable[[int, str], None]] = {
    "perflab check scenarios/mine.yaml": saying("Did Phase 2 pay off?", "8 cells"),
    "perflab show": saying("The same request in every cell", "all_on (selected)"),
    "perflab comment latest --baseline RUN": saying("<!-- perflab:mine -->", "**This pull request changed 0 responses"),
    "perflab compare RUN_A RUN_B": saying("Changes, B compared with A", "compare-"),
    "perflab gate latest --baseline RUN": gated,
    "perflab plan scenarios/mine.yaml --detect 2%": saying("rounds"),
    "perflab history add latest": saying(": added"),
    "perflab export latest": saying("perflab_effect_ratio{", "# EOF"),
    "perflab confirm --ledger": saying("no prediction has been confirmed yet"),
    "perflab doctor": examined,
    "perflab clean --data": saying("nothing to clean"),
}
PLACEHOLDERS = {"RUN_A": RUNS[0], "RUN_B": RUNS[1], "RUN": RUNS[0]}


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_does_what_its_document_says(line: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert any(line in block.lines for document in DOCUMENTS for block in document.blocks), (
        "no document has it any more"
    )
    _, *words = [PLACEHOLDERS.get(word, word) for word in shlex.split(line)]
    code = main(words)
    captured = capsys.readouterr()
    COMMANDS[line](code, captured.out + captured.err)


PYTHON = [
    block
    for document in DOCUMENTS
    for block in document.blocks
    if block.language == "python" and not block.label and document.name != BUDGETS
]


@pytest.mark.parametrize("block", PYTHON, ids=lambda block: block.place)
def test_an_example_in_python_runs_on_a_saved_run(block: Block, project: Path) -> None:
    namespace: dict[str, Any] = {}
    exec(compile(block.text, block.place, "exec"), namespace)  # the documents are our own
    shown = {
        name: value for name, value in namespace.items() if not name.startswith("_") and name not in vars(builtins)
    }
    assert shown


def test_the_readme_lists_what_a_run_leaves() -> None:
    """Both ways: what saving writes is named, and what is named is written."""
    (tree,) = [block.text for block in README.blocks if block.language == "text"]
    named = set(re.findall(r"(?<![\w/*])(\w+)/(?=[\s*]|$)", tree.split("\n", 1)[1]))
    written = {
        *TABLES,
        "notebooks",
        "figures",
        "logs",
    }
    assert named == written
    assert set(re.findall(r"\b\w+\.(?:html|json|md|xml)\b", tree)) == {
        "summary.html", "summary.json", "summary.md", "run.json", "junit.xml",
    }  # fmt: skip
