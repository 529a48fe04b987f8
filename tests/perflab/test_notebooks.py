"""The notebooks themselves: short, without logic, explained to papermill, and clean."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from click.testing import CliRunner
from papermill.cli import papermill as command_line

from perflab.notebook import execution, progress
from perflab.notebook.parameters import MODELS, Explore, Parameters
from tests.perflab import explored

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
LOGIC = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.If, ast.With, ast.Try,
         ast.comprehension, ast.IfExp)  # fmt: skip


# For an analyst's own questions: no part of a run.
EXPLORE = "9_explore"
PARAMETERS: dict[str, type[Parameters]] = {**MODELS, EXPLORE: Explore}
EVERY = tuple(PARAMETERS)


def path(name: str) -> Path:
    return FOLDER / f"{name}.ipynb"


def read(name: str) -> Any:
    return nbformat.read(path(name), as_version=4)


def code(name: str) -> list[Any]:
    return [cell for cell in read(name).cells if cell.cell_type == "code"]


def test_every_notebook_has_its_parameters() -> None:
    assert sorted(PARAMETERS) == sorted(file.stem for file in FOLDER.glob("*.ipynb"))


@pytest.mark.parametrize("name", EVERY)
def test_a_notebook_is_short_and_says_first_what_it_does_and_what_to_change(name: str) -> None:
    cells = read(name).cells
    assert len(cells) <= 22
    assert cells[0].cell_type == "markdown"
    assert cells[0].source.startswith("# ")
    assert "**Change**" in cells[0].source


@pytest.mark.parametrize("name", EVERY)
def test_a_notebook_has_no_logic_of_its_own(name: str) -> None:
    for cell in code(name):
        logic = [type(node).__name__ for node in ast.walk(ast.parse(cell.source)) if isinstance(node, LOGIC)]
        assert logic == [], cell.source


@pytest.mark.parametrize("name", EVERY)
def test_the_parameters_cell_and_the_model_agree(name: str) -> None:
    tagged = [cell for cell in code(name) if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1
    assert tagged[0].source.startswith("# Parameters")
    assigned = {
        statement.targets[0].id: ast.literal_eval(statement.value)
        for statement in ast.parse(tagged[0].source).body
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    }
    model = PARAMETERS[name]
    assert list(assigned) == list(model.model_fields)
    assert assigned == {field: info.default for field, info in model.model_fields.items()}


@pytest.mark.parametrize("name", EVERY)
def test_papermill_explains_every_parameter_with_its_type(name: str) -> None:
    inspected = papermill.inspect_notebook(str(path(name)))
    assert list(inspected) == list(PARAMETERS[name].model_fields)
    for field, facts in inspected.items():
        info = PARAMETERS[name].model_fields[field]
        annotation = info.annotation
        written = annotation.__name__ if isinstance(annotation, type) else str(annotation).replace(" ", "")
        assert facts["inferred_type_name"] == written
        assert facts["help"] == info.description


@pytest.mark.parametrize("name", EVERY)
def test_its_command_line_says_the_same_to_people(name: str) -> None:
    help_text = CliRunner().invoke(command_line, ["--help-notebook", str(path(name))], catch_exceptions=False).output
    sentences = " ".join(help_text.split())
    for field, info in PARAMETERS[name].model_fields.items():
        assert f"{field}: " in sentences and " ".join(str(info.description).split()) in sentences


@pytest.mark.parametrize("name", EVERY)
def test_nothing_of_a_run_is_kept_in_the_repository(name: str) -> None:
    content = json.loads(path(name).read_text(encoding="utf-8"))
    assert "papermill" not in content["metadata"]
    for cell in content["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
        assert set(cell["metadata"]) <= {"tags"}


@pytest.mark.parametrize("name", EVERY)
def test_a_notebook_is_valid(name: str) -> None:
    nbformat.validate(read(name))


# -- 9_explore, from top to bottom -------------------------------------------------------------------------------------


def explore(project: Path, monkeypatch: pytest.MonkeyPatch, **parameters: Any) -> dict[str, Any]:
    """Execute its cells here, as seen from the notebooks folder; returns what they made, and `html` with what each shows."""
    for folder in ("scenarios", "notebooks"):
        (project / folder).mkdir(exist_ok=True)
    monkeypatch.chdir(project / "notebooks")
    namespace: dict[str, Any] = {}
    html: dict[str, str] = {}
    for cell in code(EXPLORE):
        *statements, last = ast.parse(cell.source).body
        exec(compile(ast.Module(statements, []), cell.id, "exec"), namespace)
        if isinstance(last, ast.Expr):
            shown = eval(compile(ast.Expression(last.value), cell.id, "eval"), namespace)
            html[cell.id] = shown._repr_html_()
        else:
            exec(compile(ast.Module([last], []), cell.id, "exec"), namespace)
        if "parameters" in cell.metadata.get("tags", []):
            namespace.update(parameters)
    return {**namespace, "html": html}


def test_exploring_takes_an_endpoint_and_the_run_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = explored.save(tmp_path / "reports", "20261122-101500")
    later = explored.save(tmp_path / "reports")
    made = explore(tmp_path, monkeypatch, endpoint="job")
    assert made["saved"].run_id == later.run_id and made["chosen"] == "job"
    assert "job, mean service time" in made["html"]["effect"]
    assert f"A: {earlier.run_id}" in made["html"]["comparison"]


def test_exploring_takes_another_run_by_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    explored.save(tmp_path / "reports", "20261124-101500")
    run = explored.save(tmp_path / "reports")
    other = "reports/marketplace/20261124-101500"
    made = explore(tmp_path, monkeypatch, run=run.run_id, other=other)
    assert made["saved"].run_id == run.run_id
    assert "A: 20261124-101500" in made["html"]["comparison"]


@pytest.mark.parametrize("status", ["complete", "interrupted"])
def test_exploring_a_run_of_one_round(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    explored.save(tmp_path / "reports", status=status, truth=replace(explored.TRUTH, rounds=1))
    made = explore(tmp_path, monkeypatch)
    assert made["chosen"] in ("payments", "job", "pay")
    assert f"<td>{status}" in made["html"]["load"] and "The same request in every cell" in made["html"]["slowest"]


@pytest.mark.slow
def test_exploring_by_papermill_with_its_defaults_and_only_one_run(tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    run = explored.save(tmp_path / "reports")
    before = sorted(tmp_path.rglob("*"))
    target = tmp_path / "executed.ipynb"
    with execution.session(tmp_path, progress.Silent()) as notebooks:
        notebooks.execute(path(EXPLORE), target, {})
    assert sorted(tmp_path.rglob("*")) == sorted([*before, target]), "it writes nothing"
    outputs = {cell.id: cell.outputs for cell in nbformat.read(target, as_version=4).cells if cell.cell_type == "code"}
    assert not [output for cell in outputs.values() for output in cell if output.output_type in ("stream", "error")]
    html = {name: "".join(output.data["text/html"] for output in cell) for name, cell in outputs.items() if cell}
    assert set(html) == set(outputs) - {"parameters"}
    assert run.run_id in html["load"] and str(tmp_path) not in "".join(html.values())
    assert "<svg" in html["figure"] and "The same request in every cell" in html["slowest"]
    assert "no earlier complete run of" in html["comparison"]
