"""What the notebooks call: `Parameters.of(globals())`, then one function for each.

    parameters = notebook.Replay.of(globals())
    run = notebook.replay(parameters)

A saved run displays itself, and so do the objects that its methods return: see perflab.explore.

Each function can be called by hand in JupyterLab, from the project's root or its notebooks folder. What needs pandas, scipy or
matplotlib is imported where it is used: `perflab check` needs none of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from perflab import units
from perflab.errors import StoreError
from perflab.notebook import child, project
from perflab.notebook.panel import watching
from perflab.notebook.parameters import Charts, Explore, Parameters, Replay, Seed, Summary

if TYPE_CHECKING:
    from perflab.explore import Run
    from perflab.explore.tables import Table
    from perflab.report.html import Section
    from perflab.report.page import Page

__all__ = [
    "Charts", "Explore", "Parameters", "Replay", "Seed", "Summary", "charts", "command", "compare", "load", "replay", "seed",
    "summarise",
]  # fmt: skip


def seed(parameters: Seed) -> Table:
    """Seed the data of a scenario at the size of a profile, or find it seeded already.

    The data stays on disk, outside the project, for later runs. Takes seconds for smoke, a minute for default.

    Returns:
        What was seeded: rows by table, and the size of the database.
    """
    from perflab.explore.tables import Table

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

    Seeds first where that has not been done. Raises the error of the replay; what was measured before it is saved.
    """
    from perflab import explore

    scenario, root = _scenario(parameters.scenario)
    reports = project.reports(root) / scenario.stem
    directory = reports / parameters.run_id if parameters.run_id else project.new_run(root, scenario.stem)
    arguments = {
        **Seed.model_validate({k: v for k, v in parameters if k in Seed.model_fields}).given(),
        "scenario": str(scenario),
        "overrides": parameters.overrides(),
        "directory": str(directory),
        "command": command(parameters, project.public_path(scenario, root)),
    }
    with watching() as show:
        child.run("replay", arguments, show, cwd=root)
    return explore.load(directory)


def load(parameters: Charts | Summary) -> Run:
    """Load the saved run that the parameters name.

    Raises:
        StoreError: The run holds no measurement.
    """
    run = _load(parameters.run)
    if not len(run.samples):
        raise StoreError(f"the run {run.run_id} contains no measurements", hint="run the scenario again")
    return run


def compare(run: Run, parameters: Explore) -> Section:
    """Compare a run with the one that the parameters name, else with the previous one; says so where there is none."""
    return run.compare(None if parameters.other is None else _load(parameters.other))


def charts(run: Run) -> Section:
    """Draw all figures of a run into its directory, and show them."""
    from perflab import report  # scipy and matplotlib, 2 s together

    return report.charts.section_of(run, report.build(run), draw=True)


def summarise(parameters: Summary) -> Page:
    """Return the sections of a run's page, after writing summary.json and summary.md."""
    from perflab import report

    return report.page(load(parameters))


def command(parameters: Replay, scenario: str) -> str:
    """Return the command line that repeats a run; `scenario` is the path to print in it."""
    words = ["perflab", "run", scenario, "--profile", parameters.profile]
    changes = {"seed": parameters.seed, **parameters.overrides()}
    for name, value in changes.items():
        if value != Replay.model_fields[name].default:
            words += ["-p", f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}"]
    return " ".join(words)


def _load(run: str) -> Run:
    from perflab import explore

    return explore.load(run, project.reports(project.root()))


def _scenario(path: str) -> tuple[Path, Path]:
    """Return a scenario's file and the root of its project, from a path as given in a notebook."""
    given = Path(path)
    root = project.root_of_scenario(given) if given.is_absolute() else project.root()
    return (root / given).resolve(), root
