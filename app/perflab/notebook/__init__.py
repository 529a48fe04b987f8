"""What the notebooks call: `Parameters.of(globals())`, then one function for each.

    parameters = notebook.Replay.of(globals())
    run = notebook.replay(parameters)

A run that was loaded or replayed shows itself, and so does what one asks it: see perflab.explore.

Each is usable by hand in JupyterLab, from the project's root or its notebooks folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from perflab import explore, units
from perflab.errors import StoreError
from perflab.explore import Run
from perflab.explore.tables import Table
from perflab.notebook import child, project
from perflab.notebook.panel import watching
from perflab.notebook.parameters import Charts, Explore, Parameters, Replay, Seed, Summary
from perflab.notebook.question import scenario_from
from perflab.run.store import REPORTS

if TYPE_CHECKING:
    from perflab.report.html import Section
    from perflab.report.page import Page

__all__ = [
    "Charts", "Explore", "Parameters", "Replay", "Seed", "Summary", "Table", "charts", "command", "compare", "load", "replay",
    "scenario_from", "seed", "summarise",
]  # fmt: skip


def seed(parameters: Seed) -> Table:
    """Make the data of a scenario at the size of a profile, or find it made; returns what there is.

    The data stays on disk, outside the project, for later runs. Takes seconds for smoke, a minute for default.
    """
    scenario, root = _scenario(parameters.scenario)
    arguments = {**parameters.given(), "scenario": str(scenario), "overrides": parameters.overrides()}
    with watching() as show:
        result = child.run("seed", arguments, show, cwd=root)
    facts = {
        key: value
        for key, value in result.items()
        if key not in ("event", "rows", "database_bytes") and value is not None
    }
    facts["size"] = units.size(result.get("database_bytes"))
    return Table("Seeded data", {**facts, **result.get("rows", {})})


def replay(parameters: Replay) -> Run:
    """Replay the scenario's traffic in every cell, and return the saved run.

    Seeds first where that has not been done. Raises the error of the replay; what was measured until then is saved.
    """
    scenario, root = _scenario(parameters.scenario)
    reports = root / REPORTS / scenario.stem
    directory = reports / parameters.run_id if parameters.run_id else project.new_run(root, scenario.stem)
    arguments = {
        **Seed.model_validate({k: v for k, v in parameters if k in Seed.model_fields}).given(),
        "scenario": str(scenario),
        "overrides": parameters.overrides(),
        "directory": str(directory),
        "command": command(parameters, project.named(scenario, root)),
    }
    with watching() as show:
        child.run("replay", arguments, show, cwd=root)
    return explore.load(directory)


def load(parameters: Charts | Summary) -> Run:
    """The saved run that a notebook is about."""
    found = _load(parameters.run)
    if not len(found.samples):
        raise StoreError(f"the run {found.run_id} holds no measurement", hint="run the scenario again")
    return found


def compare(run: Run, parameters: Explore) -> Section:
    """A run against the one that the parameters name, or the one before it; says so where there is none."""
    return run.compare(None if parameters.other is None else _load(parameters.other))


def charts(run: Run) -> Section:
    """Draw all figures of a run into its folder, and show them."""
    from perflab import analysis, report  # scipy and matplotlib, 2 s together

    return report.charts.section_of(run, analysis.summarise(run), draw=True)


def summarise(parameters: Summary) -> Page:
    """The sections of a run's page; writes summary.json and summary.md."""
    from perflab import report

    return report.page(load(parameters))


def command(parameters: Replay, scenario: str) -> str:
    """What to type for the same again."""
    words = ["perflab", "run", scenario, "--profile", parameters.profile]
    changes = {"seed": parameters.seed, **parameters.overrides()}
    for name, value in changes.items():
        if value != Replay.model_fields[name].default:
            words += ["-p", f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}"]
    return " ".join(words)


def _load(run: str) -> Run:
    return explore.load(run, project.root() / REPORTS)


def _scenario(path: str) -> tuple[Path, Path]:
    """A scenario's file and its project, from a path as given in a notebook."""
    given = Path(path)
    root = project.root_of_scenario(given) if given.is_absolute() else project.root()
    return (root / given).resolve(), root
