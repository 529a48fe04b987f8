"""`perflab run` and `perflab report`: execute the notebooks through papermill, then write the page and the list of runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from perflab.errors import Interrupted, PerflabError, StoreError
from perflab.experiment import liveness
from perflab.notebook import command, execution, progress, project
from perflab.notebook.execution import Notebooks
from perflab.notebook.parameters import MODELS, Replay, from_command_line
from perflab.notebook.time_left import TimeLeft, WithTimeLeft
from perflab.run import store
from perflab.run.summary import Summary
from perflab.scenario import loading, profiles
from perflab.servers.opening import check_named_cache

READING = ("3_charts", "4_executive_summary")
# The modules that a notebook's kernel imports while something else is still running.
IMPORTS = {
    "2_replay": ["perflab.notebook", "perflab.explore"],
    "3_charts": ["perflab.notebook", "perflab.explore", "perflab.report", "perflab.report.figures"],
    "4_executive_summary": ["perflab.notebook", "perflab.explore", "perflab.report", "perflab.report.figures"],
}
MEASURING = "2_replay"


@dataclass(frozen=True)
class Outcome:
    """How a command ended: what to print, whether the run is complete, and where it is saved."""

    text: str
    complete: bool
    directory: Path


def run(scenario_path: Path, profile: str, pairs: Sequence[str], *, quiet: bool = False) -> Outcome:
    """Execute a scenario and report on it.

    All input is checked before anything starts. Where the run fails, its error is raised; what was measured until then stays in
    the run's directory, and the list of runs says how it ended.

    Args:
        scenario_path: The scenario's file.
        profile: Name of the profile to run.
        pairs: Overrides of the scenario, as `NAME=VALUE`.
        quiet: Show no progress.

    Raises:
        InputError: The scenario, the profile or an override is invalid.
        ServerError: The cache server that PERFLAB_CACHE_URL names cannot be used.
    """
    values = from_command_line(pairs)
    scenario = loading.load(scenario_path)
    overrides = {name: value for name, value in values.items() if name != "seed"}
    resolved = profiles.resolve(scenario, profile, overrides)
    check_named_cache()
    root = project.root_of_scenario(scenario_path)
    files = {name: project.notebook(name, root) for name in MODELS}
    path = project.display_path(scenario_path, root)
    directory = project.new_run(root, scenario.name)
    given = {"scenario": path, "profile": profile, "run_id": directory.name, **values}
    display = WithTimeLeft(progress.display(quiet=quiet), TimeLeft.of(resolved.profile, resolved.load_s))
    try:
        with execution.session(root, display) as notebooks:
            for name, model in MODELS.items():
                _prepare_the_one_after(notebooks, name)
                source = {"run": project.display_path(directory, root)} if "run" in model.model_fields else given
                parameters = {key: value for key, value in source.items() if key in model.model_fields}
                notebooks.execute(files[name], directory / "notebooks" / f"{name}.ipynb", parameters)
    except PerflabError as error:
        display.close()  # before anything else is written to the terminal
        _list_runs(root)
        raise _with_command(error, Replay.checked({k: v for k, v in given.items() if k != "run_id"}), path) from None
    finally:
        display.close()
    return _finish(root, directory)


def report(which: str, *, quiet: bool = False) -> Outcome:
    """Render a saved run again: notebooks 3 and 4 and the page. Measures nothing.

    Args:
        which: A directory, a run_id or `latest`.
        quiet: Show no progress.

    Raises:
        StoreError: The run holds no measurement.
    """
    root = project.root()
    saved = store.load(which, project.reports(root))
    if not len(saved.samples):
        raise StoreError(f"the run {saved.run_id} contains no measurements", hint="run the scenario again")
    if not saved.directory.resolve().is_relative_to(root):
        root = project.root(saved.directory, Path.cwd())
    display = progress.display(quiet=quiet)
    try:
        with execution.session(root, display) as notebooks:
            _prepare_the_one_after(notebooks, READING[0])
            notebooks.later(_prepare_the_page)
            for name in READING:
                _execute_reading(notebooks, name, saved.directory)
    finally:
        display.close()
    return _finish(root, saved.directory)


def _prepare_the_one_after(notebooks: Notebooks, name: str) -> None:
    """Start the kernel of a notebook, and the next one's too, except during the replay, which nothing may disturb."""
    names = list(MODELS)
    notebooks.prepare(name, IMPORTS.get(name, ()))
    if name not in (MEASURING, names[-1]):
        following = names[names.index(name) + 1]
        notebooks.later(lambda: notebooks.prepare(following, IMPORTS[following]))


def _prepare_the_page() -> None:
    """Load what writes the page while notebooks are at work: a second, mostly of nbconvert."""

    def load() -> None:
        import nbconvert  # noqa: F401  # loaded for its use later

        from perflab import report  # noqa: F401  # loaded for its use later

    Thread(target=load, daemon=True).start()


def _execute_reading(notebooks: Notebooks, name: str, directory: Path) -> None:
    """Execute a notebook that reads a saved run."""
    target = directory / "notebooks" / f"{name}.ipynb"
    run_path = project.display_path(directory, notebooks.project)
    notebooks.execute(project.notebook(name, notebooks.project), target, {"run": run_path})


def _finish(root: Path, directory: Path) -> Outcome:
    """Write the page from the executed notebook, and return what to print."""
    from perflab import report as rendering  # nbconvert, 0.5 s
    from perflab.cli.closing import closing

    saved = store.load(directory)
    page = rendering.write_page(saved, directory / "notebooks" / f"{READING[-1]}.ipynb")
    _list_runs(root)
    summary = Summary.of(json.loads((directory / "summary.json").read_text(encoding="utf-8")))
    return Outcome(closing(saved, summary, page), saved.complete, directory)


def _list_runs(root: Path) -> None:
    """Write reports/index.html and index.json, after marking runs whose process is gone."""
    from perflab.report.runs import index

    liveness.mark_interrupted(project.reports(root))
    index.write(project.reports(root))


def _with_command(error: PerflabError, parameters: Replay, path: str) -> PerflabError:
    """Return the error; after an interruption, with the command that repeats the run."""
    if not isinstance(error, Interrupted):
        return error
    return Interrupted(error.what, hint=f"to run it again: {command(parameters, path)}")
