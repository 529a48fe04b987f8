"""Paths of a project: its root, its notebooks, the directory of a new run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from perflab.errors import InputError, StoreError

# Directory or file that marks a project's root, the surest first.
MARKS = ("scenarios", "pyproject.toml", "manage.py")
PACKAGED = Path(__file__).parent / "notebooks"
MAX_ATTEMPTS = 1000


def root(*places: Path) -> Path:
    """Return the root of the project that one of the places lies in.

    Args:
        places: Paths to search from, the first that lies in a project wins; the working directory when there are none.

    Returns:
        The project's root; the working directory where no place lies in a project.
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
    """Return the root of the project that a scenario file belongs to, else of the one around the working directory."""
    return root(scenario.parent, Path.cwd())


def reports(project: Path) -> Path:
    """Return the directory of a project's saved runs."""
    from perflab.run.store import reports_of  # pandas, 0.3 s

    return reports_of(project)


def notebook(name: str, project: Path) -> Path:
    """Return the file of one of perflab's notebooks: the project's own in ./notebooks, else the packaged one.

    Raises:
        InputError: There is no such notebook.
    """
    checkout = Path(__file__).parents[3] / "notebooks"
    for folder in (project / "notebooks", PACKAGED, checkout):
        if (folder / f"{name}.ipynb").is_file():
            return folder / f"{name}.ipynb"
    raise InputError(f"there is no notebook {name}.ipynb", hint="install perflab again, or put one in notebooks/")


def new_run(project: Path, scenario_name: str, now: datetime | None = None) -> Path:
    """Make the directory of a new run, named by the time in UTC.

    Args:
        project: Root of the project.
        scenario_name: Name of the scenario that is run.
        now: Time to name it by; the current time when None. A name that is taken moves it on by a second.

    Raises:
        StoreError: The directory cannot be made.
    """
    time = datetime.now(UTC) if now is None else now
    saved = reports(project)
    for _ in range(MAX_ATTEMPTS):
        run_id = time.strftime("%Y%m%d-%H%M%S")
        if not any(saved.glob(f"*/{run_id}")):
            directory = saved / scenario_name / run_id
            try:
                directory.mkdir(parents=True)
            except FileExistsError:  # another run of the same second was faster
                pass
            except OSError as error:
                raise StoreError(
                    f"cannot create {directory}: {error.strerror}", hint="choose a directory that you may write to"
                ) from error
            else:
                return directory
        time += timedelta(seconds=1)
    raise StoreError(f"every name for a run in {saved} is taken")


def display_path(path: Path, start: Path | None = None) -> str:
    """Return a path relative to `start` (the working directory when None) where it lies inside, else as it is."""
    try:
        return str(path.resolve().relative_to((start or Path.cwd()).resolve()))
    except ValueError:
        return str(path)


def public_path(path: Path, start: Path) -> str:
    """Return a path that a report may show: relative to `start`, and only the name of what lies elsewhere."""
    relative = display_path(path, start)
    return path.name if Path(relative).is_absolute() else relative
