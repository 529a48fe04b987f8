"""`perflab check`: validate a scenario against its project, and explain it.

It takes about a second, so it imports neither pandas nor Jupyter, and starts a second process only where this one cannot be
used.
"""

from __future__ import annotations

import io
import sys
import traceback
from contextlib import chdir, redirect_stdout
from pathlib import Path

from perflab.errors import PerflabError, SubjectError, one_line
from perflab.experiment import task
from perflab.notebook import child, project
from perflab.notebook.progress import Silent
from perflab.scenario import loading
from perflab.scenario.models import Scenario


def check(scenario_path: Path) -> str:
    """Return the explanation of a scenario that is valid for its project; runs nothing.

    Raises:
        InputError: The first mistake in the scenario, or the first thing that it names and the project does not have.
        SubjectError: The project cannot be set up.
    """
    scenario = loading.load(scenario_path)  # a mistake in the file is found before the project is loaded
    root = project.root_of_scenario(scenario_path)
    if _django_is_configured():
        arguments = {"scenario": str(scenario_path.resolve())}
        return str(child.run("check", arguments, Silent().show, cwd=root)["text"])
    return _explained_here(scenario, root)


def _django_is_configured() -> bool:
    """Return whether this process has settings already, as under manage.py: they may not be those of the scenario."""
    conf = sys.modules.get("django.conf")
    return conf is not None and bool(conf.settings.configured)


def _explained_here(scenario: Scenario, root: Path) -> str:
    """Set the project up in this process, which ends afterwards; whatever the project prints is dropped."""
    with chdir(root), redirect_stdout(io.StringIO()):
        try:
            return task.explanation(scenario)
        except PerflabError:
            raise
        except Exception as error:
            traceback.print_exc()
            raise SubjectError(one_line(error), hint="the traceback is above") from error
