"""Executing notebooks: which interpreter, whose progress, what errors, and the stop button."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from perflab.errors import InputError, Interrupted, PerflabError
from perflab.notebook import execution
from perflab.notebook.execution import Notebooks, session
from perflab.notebook.kernel import Kernel
from tests.waiting import wait_until

APP = Path(__file__).resolve().parents[3] / "app"


class Seen:
    """A display that remembers."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def show(self, event: Any) -> None:
        self.events.append(event)

    def tick(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def notebooks(tmp_path: Path, seen: Seen, monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebooks]:
    monkeypatch.setenv("PYTHONPATH", str(APP))
    with session(tmp_path, seen) as notebooks:
        yield notebooks


def write(folder: Path, *cells: str, name: str = "notebook") -> Path:
    v4 = nbformat.v4
    made = v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    )
    made.cells = [
        v4.new_code_cell(cells[0], metadata={"tags": ["parameters"]}),
        *map(v4.new_code_cell, cells[1:]),
    ]
    nbformat.write(made, folder / f"{name}.ipynb")
    return folder / f"{name}.ipynb"


def outputs(path: Path) -> str:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "".join(
        "".join(output.get("text", "")) + "".join(output.get("data", {}).get("text/plain", ""))
        for cell in cells
        for output in cell.get("outputs", [])
    )


def test_the_kernel_is_this_interpreter_in_the_projects_folder_without_a_port(
    notebooks: Notebooks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = tmp_path / "jupyter" / "kernels" / "python3"
    user.mkdir(parents=True)
    (user / "kernel.json").write_text('{"argv": ["/bin/false"], "display_name": "mine", "language": "python"}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    source = write(
        tmp_path, "x = 1", "import os, sys, json; from ipykernel.kernelapp import IPKernelApp",
        "print(json.dumps([sys.executable, os.getcwd(), IPKernelApp.instance().transport, x]))",
    )  # fmt: skip
    notebooks.execute(source, tmp_path / "out" / "notebook.ipynb", {"x": 5})
    assert json.loads(outputs(tmp_path / "out" / "notebook.ipynb")) == [
        sys.executable,
        str(tmp_path),
        "ipc",
        5,
    ]


def test_progress_is_shown_here_and_only_its_end_is_kept_in_the_notebook(
    notebooks: Notebooks, seen: Seen, tmp_path: Path
) -> None:
    source = write(
        tmp_path, "n = 3", "from perflab.notebook import panel\npanel.MIN_PHASE_S = 0",
        "with panel.watching() as show:\n    for i in range(n):\n"
        "        show({'event': 'progress', 'phase': 'replay', 'done': i, 'total': n})",
    )  # fmt: skip
    notebooks.execute(source, tmp_path / "out.ipynb", {})
    assert [event["done"] for event in seen.events if event.get("phase") == "replay"] == [0, 1, 2]
    assert outputs(tmp_path / "out.ipynb") == "replay · 0 s"


def test_an_error_of_ours_is_raised_again_in_one_line(notebooks: Notebooks, tmp_path: Path) -> None:
    source = write(
        tmp_path,
        "# Parameters\nseed = 1",
        "from perflab import notebook",
        "notebook.Seed.of({'In': ['# Parameters\\nsede = 1']})",
    )
    with pytest.raises(InputError, match=r"^unknown parameter 'sede'; did you mean 'seed'\?$"):
        notebooks.execute(source, tmp_path / "out.ipynb", {})


def test_any_other_error_names_the_notebook(notebooks: Notebooks, tmp_path: Path) -> None:
    source = write(tmp_path, "x = 1", "1 / 0")
    with pytest.raises(PerflabError, match="notebook out: ZeroDivisionError: division by zero"):
        notebooks.execute(source, tmp_path / "out.ipynb", {})


def test_a_kernel_that_dies_is_an_error_although_papermill_marks_its_cell_completed(
    notebooks: Notebooks, tmp_path: Path
) -> None:
    source = write(tmp_path, "x = 1", "import os; os._exit(1)")
    with pytest.raises(PerflabError, match="DeadKernelError"):
        notebooks.execute(source, tmp_path / "out.ipynb", {})


def test_the_stop_button_reaches_the_cell(notebooks: Notebooks, seen: Seen, tmp_path: Path) -> None:
    source = write(
        tmp_path, "x = 1", "from perflab.notebook.panel import watching",
        "import threading\nwith watching() as show:\n    show({'event': 'phase', 'name': 'waiting'})\n"
        "    threading.Event().wait(60)",
    )  # fmt: skip

    def press() -> None:
        wait_until(lambda: any(event.get("name") == "waiting" for event in seen.events), 30)
        notebooks.stop()

    presser = threading.Thread(target=press)
    presser.start()
    with pytest.raises(Interrupted, match="stopped by the user"):
        notebooks.execute(source, tmp_path / "out.ipynb", {})
    presser.join()
    with pytest.raises(Interrupted):
        notebooks.execute(source, tmp_path / "out.ipynb", {})


def test_a_stop_while_the_kernel_gets_ready_executes_nothing(
    notebooks: Notebooks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write(tmp_path, "x = 1", "x")

    def press() -> None:  # the second and a half that papermill takes to load
        notebooks.stop()

    monkeypatch.setattr(execution, "_import_papermill", press)
    with pytest.raises(Interrupted, match="stopped by the user"):
        notebooks.execute(source, tmp_path / "out.ipynb", {})
    assert not (tmp_path / "out.ipynb").exists() and notebooks._running is None


def test_an_executed_notebook_names_no_folder_of_this_machine(notebooks: Notebooks, tmp_path: Path) -> None:
    source = write(tmp_path, "x = 1", "x")
    notebooks.execute(source, tmp_path / "out.ipynb", {"x": 2})
    assert str(tmp_path) not in (tmp_path / "out.ipynb").read_text(encoding="utf-8")


def test_a_kernel_that_nobody_needed_is_ended(seen: Seen, tmp_path: Path) -> None:
    with session(tmp_path, seen) as notebooks:
        notebooks.prepare("never")
        kernel = notebooks._ready["never"]
        pid = kernel.manager.provisioner.pid
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_what_can_wait_begins_once_the_kernel_has_loaded(notebooks: Notebooks, tmp_path: Path) -> None:
    waiting = "from pathlib import Path\nimport time\nwhile not Path('go').exists(): time.sleep(0.01)"
    began: list[bool] = []

    def begin() -> None:
        began.append((notebooks.folder / "notebook.loaded").is_file())
        (tmp_path / "go").touch()  # without it the notebook never ends

    notebooks.later(begin)
    notebooks.execute(write(tmp_path, "x = 1", waiting), tmp_path / "out" / "notebook.ipynb", {})
    assert began == [True]


def test_what_never_began_beside_a_notebook_is_not_left_for_the_next_one(
    notebooks: Notebooks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next one may be the replay, which nothing may disturb."""
    monkeypatch.setattr(Kernel, "has_loaded", lambda kernel: False)
    notebooks.later(lambda: pytest.fail("it was too late"))
    source = write(tmp_path, "x = 1")
    notebooks.execute(source, tmp_path / "out" / "notebook.ipynb", {})
    monkeypatch.undo()
    monkeypatch.setenv("PYTHONPATH", str(APP))
    notebooks.execute(source, tmp_path / "out" / "notebook.ipynb", {})
