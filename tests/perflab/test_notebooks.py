"""The notebooks themselves: short, without logic, explained to papermill, and clean."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest

from perflab.notebook.parameters import MODELS, Charts
from perflab.project import NOTEBOOKS
from tests.perflab import saved_run

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
LOGIC = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.If, ast.With, ast.Try,
         ast.comprehension, ast.IfExp)  # fmt: skip


# For an analyst's own questions: no part of a run.
EXPLORE = "9_explore"
EVERY = (*NOTEBOOKS, EXPLORE)


def path(name: str) -> Path:
    return FOLDER / f"{name}.ipynb"


def read(name: str) -> Any:
    return nbformat.read(path(name), as_version=4)


def code(name: str) -> list[Any]:
    return [cell for cell in read(name).cells if cell.cell_type == "code"]


def test_every_notebook_has_its_parameters() -> None:
    assert tuple(MODELS) == NOTEBOOKS


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
        found = [type(node).__name__ for node in ast.walk(ast.parse(cell.source)) if isinstance(node, LOGIC)]
        assert found == [], cell.source


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
    model = MODELS.get(name, Charts)
    assert list(assigned) == list(model.model_fields)
    assert assigned == {field: info.default for field, info in model.model_fields.items()}


@pytest.mark.parametrize("name", EVERY)
def test_papermill_explains_every_parameter_with_its_type(name: str) -> None:
    for field, found in papermill.inspect_notebook(str(path(name))).items():
        info = MODELS.get(name, Charts).model_fields[field]
        annotation = info.annotation
        written = annotation.__name__ if isinstance(annotation, type) else str(annotation).replace(" ", "")
        assert found["inferred_type_name"] == written
        assert found["help"] == info.description


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


def test_exploring_runs_on_a_saved_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = saved_run.save(tmp_path / "reports")
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, Any] = {"run": str(run.directory)}
    for cell in code(EXPLORE):
        if "parameters" not in cell.metadata.get("tags", []):
            exec(compile(cell.source, EXPLORE, "exec"), namespace)
    assert namespace["saved"].run_id == run.run_id
