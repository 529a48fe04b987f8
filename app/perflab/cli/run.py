"""The main job: notebooks 1 to 4 through papermill, then the page, the list of runs and a closing table."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from perflab.errors import PerflabError, StoreError
from perflab.experiment import liveness
from perflab.notebook import child, command, execution, forecast, progress, project
from perflab.notebook.execution import Notebooks
from perflab.notebook.parameters import MODELS, Replay, from_command_line
from perflab.run import store
from perflab.run.store import REPORTS, Run
from perflab.scenario import loading, profiles

READING = ("3_charts", "4_executive_summary")
# What a notebook's kernel loads while something else is still at work.
IMPORTS = {
    "2_replay": ["perflab.notebook"],
    "3_charts": ["perflab.notebook", "perflab.report", "perflab.report.figures"],
    "4_executive_summary": ["perflab.notebook", "perflab.report", "perflab.report.figures"],
}
MEASURING = "2_replay"


@dataclass(frozen=True)
class Outcome:
    """How a command ended: what to print, and whether the run is a complete one."""

    text: str
    complete: bool


def check(scenario_path: Path) -> str:
    """What a scenario asks, and what a run of it does; raises InputError for the first mistake in it.

    Its project is looked at in a process of its own, where the project's settings are set up.
    """
    loading.load(scenario_path)  # what is wrong with the file itself is known at once
    root = project.root_of_scenario(scenario_path)
    arguments = {"scenario": str(scenario_path.resolve())}
    return str(child.run("check", arguments, progress.Silent().show, cwd=root)["text"])


def run(scenario_path: Path, profile: str, pairs: Sequence[str], *, quiet: bool = False) -> Outcome:
    """Execute a scenario and report on it.

    All input is checked before anything starts. Raises InputError for input that cannot be, and whatever the run failed
    with; what was measured until then stays in the run's directory, and the list of runs says how it ended.
    """
    values = from_command_line(pairs)
    scenario = loading.load(scenario_path)
    changes = {name: value for name, value in values.items() if name != "seed"}
    question = profiles.resolve(scenario, profile, changes)
    root = project.root_of_scenario(scenario_path)
    files = {name: project.notebook(name, root) for name in MODELS}
    path = project.shown(scenario_path, root)
    directory = project.new_run(root, scenario.name)
    given = {"scenario": path, "profile": profile, "run_id": directory.name, **values}
    reference = str(directory.relative_to(root))
    display = forecast.WithForecast(progress.display(quiet=quiet), forecast.of(question, root / REPORTS))
    try:
        with execution.session(root, display) as notebooks:
            for name, model in MODELS.items():
                _prepare_the_one_after(notebooks, name)
                own = {"run": reference} if "run" in model.model_fields else {}
                parameters = own or {key: value for key, value in given.items() if key in model.model_fields}
                notebooks.execute(files[name], directory / "notebooks" / f"{name}.ipynb", parameters)
    except PerflabError as error:
        display.close()
        _list_runs(root)
        raise _with_command(error, Replay.checked({k: v for k, v in given.items() if k != "run_id"}), path) from None
    display.close()
    return _finish(root, directory)


def report(which: str, *, quiet: bool = False) -> Outcome:
    """Render a saved run again: notebooks 3 and 4 and the page. Measures nothing."""
    root = project.root()
    found = store.load(which, root / REPORTS)
    if not len(found.samples):
        raise StoreError(f"the run {found.run_id} holds no measurement", hint="run the scenario again")
    if not found.directory.resolve().is_relative_to(root):
        root = project.root(found.directory, Path.cwd())
    display = progress.display(quiet=quiet)
    try:
        with execution.session(root, display) as notebooks:
            _prepare_the_one_after(notebooks, READING[0])
            notebooks.later(_prepare_the_page)
            for name in READING:
                _read(notebooks, name, found.directory)
    finally:
        display.close()
    return _finish(root, found.directory)


def _prepare_the_one_after(notebooks: Notebooks, name: str) -> None:
    """Start the kernel of a notebook, and beside it the next one's, except during the replay, which nothing may disturb."""
    names = list(MODELS)
    notebooks.prepare(name, IMPORTS.get(name, ()))
    if name not in (MEASURING, names[-1]):
        following = names[names.index(name) + 1]
        notebooks.later(lambda: notebooks.prepare(following, IMPORTS[following]))


def _prepare_the_page() -> None:
    """Load what writes the page while notebooks are at work: a second, mostly of nbconvert."""

    def load() -> None:
        import nbconvert  # noqa: F401

        from perflab import report  # noqa: F401

    Thread(target=load, daemon=True).start()


def _read(notebooks: Notebooks, name: str, directory: Path) -> None:
    target = directory / "notebooks" / f"{name}.ipynb"
    shown = project.shown(directory, notebooks.project)
    notebooks.execute(project.notebook(name, notebooks.project), target, {"run": shown})


def _finish(root: Path, directory: Path) -> Outcome:
    """Write the page from the executed notebook, and say what came out."""
    from perflab import report as rendering  # nbconvert, 0.5 s

    saved = store.load(directory)
    page = rendering.write_page(saved, directory / "notebooks" / f"{READING[-1]}.ipynb")
    _list_runs(root)
    summary = json.loads((directory / "summary.json").read_text(encoding="utf-8"))
    return Outcome(_closing(saved, summary, page), saved.complete)


def _closing(saved: Run, summary: dict[str, Any], page: Path) -> str:
    """The verdict, a table of the claims and the path to open, as wide as the terminal is; a pipe may be as wide as it likes."""
    from perflab.report.text import claims_table, clean

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    verdict = summary["verdict"] if width is None else textwrap.fill(summary["verdict"], width)
    lines = ["", verdict, "", claims_table(summary, width), ""]
    if not saved.complete:
        how = {"failed": "failed", "interrupted": "was interrupted"}.get(saved.status, f"is {saved.status}")
        lines.append(f"The run {how}: {clean(str(saved.meta.get('error') or 'no reason is known'))}")
    return "\n".join([*lines, project.shown(page)])


def _list_runs(root: Path) -> None:
    from perflab.report import index

    liveness.mark_interrupted(root / REPORTS)
    index.write(root / REPORTS)


def _with_command(error: PerflabError, parameters: Replay, path: str) -> PerflabError:
    """The same error, with what to type to go on after an interruption."""
    if type(error).__name__ != "Interrupted":
        return error
    return type(error)(error.what, hint=f"again: {command(parameters, path)}")
