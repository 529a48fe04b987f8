"""Where things are in a project that perflab works for: its root, its notebooks, the folder of a new run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from perflab.errors import InputError, StoreError
from perflab.run.store import REPORTS

# Folder or file that marks a project's root, the surest first.
MARKS = ("scenarios", "pyproject.toml", "manage.py")
NOTEBOOKS = ("1_seed", "2_replay", "3_charts", "4_executive_summary")
PACKAGED = Path(__file__).parents[1] / "_notebooks"


def root(*places: Path) -> Path:
    """The project that one of these places is in, the first that is in any; the working directory without places.

    A place outside every project leaves the working directory itself.
    """
    here = Path.cwd()
    for place in places or (here,):
        start = place.resolve()
        for mark in MARKS:
            for folder in (start, *start.parents):
                if (folder / mark).exists():
                    return folder
    return here


def root_of_scenario(scenario: Path) -> Path:
    """The project that a scenario file belongs to, else the one around the working directory."""
    return root(scenario.parent, Path.cwd())


def notebook(name: str, project: Path) -> Path:
    """The file of one of perflab's notebooks: the project's own in ./notebooks, else the packaged one."""
    checkout = Path(__file__).parents[3] / "notebooks"
    for folder in (project / "notebooks", PACKAGED, checkout):
        if (folder / f"{name}.ipynb").is_file():
            return folder / f"{name}.ipynb"
    raise InputError(f"there is no notebook {name}.ipynb", hint="install perflab again, or put one in notebooks/")


def new_run(project: Path, scenario_name: str, now: datetime | None = None) -> Path:
    """Make the folder of a new run, named by the time in UTC; a name that is taken moves it on by a second."""
    moment = datetime.now(UTC) if now is None else now
    reports = project / REPORTS
    for _ in range(1000):
        run_id = moment.strftime("%Y%m%d-%H%M%S")
        if not any(reports.glob(f"*/{run_id}")):
            directory = reports / scenario_name / run_id
            try:
                directory.mkdir(parents=True)
            except FileExistsError:  # another run of this very second was quicker
                pass
            except OSError as error:
                raise StoreError(
                    f"cannot make {directory}: {error.strerror}", hint="choose a folder that you may write to"
                ) from error
            else:
                return directory
        moment += timedelta(seconds=1)
    raise StoreError(f"every name for a run in {reports} is taken")


def shown(path: Path, start: Path | None = None) -> str:
    """A path as people like to read it: relative to the working directory where it is inside."""
    try:
        return str(path.resolve().relative_to((start or Path.cwd()).resolve()))
    except ValueError:
        return str(path)


def named(path: Path, start: Path) -> str:
    """A path as a report may tell it: relative to the project's folder, of what lies elsewhere the name alone."""
    where = shown(path, start)
    return path.name if Path(where).is_absolute() else where
