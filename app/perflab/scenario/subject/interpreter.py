"""The Python that a project runs in: what it has, whether perflab can work in it, and how it is started."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from perflab.errors import InputError
from perflab.scenario.subject import boot

# What the modules need that run in the project's interpreter; tests/perflab/scenario/subject/test_boot.py compiles them for it.
OLDEST_PYTHON = (3, 10)
DJANGO_VERSIONS = ("4.2", "6.1")
DRIVERS = ("psycopg", "psycopg2")
PROFILER = "pyinstrument"
SERVERS = ("gunicorn", "granian", "uvicorn")
PACKAGES = (
    "django", "django-ninja", "django-redis", *DRIVERS, "psycopg2-binary", "factory_boy", "faker", PROFILER, *SERVERS,
)  # fmt: skip
INQUIRY_TIMEOUT_S = 60.0
# They say where another Python lies, so they would mislead this one.
_MISLEADING = ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
# It runs in whatever the scenario names, also in a Python that is too old.
_INQUIRY = """
import json, sys
facts = {"version": list(sys.version_info[:3])}
if sys.version_info >= (3, 8):
    from importlib import metadata
    facts["packages"] = {}
    for name in sys.argv[1:]:
        try:
            facts["packages"][name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            facts["packages"][name] = None
    try:
        import django
        facts["packages"]["django"] = django.get_version()
    except ImportError:
        facts["packages"]["django"] = None
print(json.dumps(facts))
"""


@dataclass(frozen=True)
class Interpreter:
    """A Python other than the one that perflab itself runs in.

    Attributes:
        executable: Its path.
        version: Its version: 3.12.1.
        packages: The versions of the packages that matter to a measurement; None where one is not installed.
    """

    executable: str
    version: str
    packages: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def remarks(self) -> list[str]:
        """Return what is to be known about it before a run: a version of Django that perflab is not tested with."""
        django = str(self.packages.get("django"))
        number = _numbers(django)
        if _numbers(DJANGO_VERSIONS[0]) <= number <= _numbers(DJANGO_VERSIONS[1]):
            return []
        return [f"Django {django} in {self.executable}: perflab is tested with {' to '.join(DJANGO_VERSIONS)}"]

    def has_driver(self) -> bool:
        """Return whether Django can reach PostgreSQL from it."""
        return any(self.packages.get(name) for name in (*DRIVERS, "psycopg2-binary"))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())


def executable(path: str) -> str:
    """Return the interpreter that a path names: itself, or that of a virtual environment.

    Args:
        path: A file or a folder, relative to the working directory.

    Raises:
        InputError: There is no such file, or it cannot be executed.
    """
    place = Path(os.path.abspath(Path(path).expanduser()))  # a link to the real Python would lose its environment
    if place.is_dir():
        place = place / "bin" / "python"
    if not place.is_file():
        raise InputError(
            f"subject.python: there is no interpreter {place}",
            hint="name a virtual environment or its bin/python, relative to the folder that perflab runs in",
        )
    if not os.access(place, os.X_OK):
        raise InputError(
            f"subject.python: {place} cannot be executed", hint="name a virtual environment or its bin/python"
        )
    return str(place)


@cache
def inspected(path: str, folders: tuple[str, ...] = ()) -> Interpreter:
    """Start an interpreter once and return what it has; 50 ms, and nothing the second time.

    Args:
        path: The scenario's `subject.python`.
        folders: Folders that come before its own packages.

    Raises:
        InputError: It is no Python, one that is too old, or one without Django.
    """
    file = executable(path)
    facts = _facts(file, folders)
    version = tuple(facts["version"])
    text = ".".join(map(str, version))
    if version < OLDEST_PYTHON:
        raise InputError(
            f"subject.python: {file} is Python {text}, and perflab needs {OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]} or later there",
            hint="create the environment with a newer Python",
        )
    if facts["packages"]["django"] is None:
        raise InputError(
            f"subject.python: {file} has no Django",
            hint=f"try `{file} -m pip install -r requirements.txt` with the project's requirements",
        )
    return Interpreter(file, text, facts["packages"])


def _facts(file: str, folders: Sequence[str]) -> dict[str, Any]:
    try:
        completed = subprocess.run(
            [file, "-c", _INQUIRY, *PACKAGES],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=INQUIRY_TIMEOUT_S,
            check=False,
            env={**surroundings(file), "PYTHONPATH": os.pathsep.join(folders)},
        )
        facts = json.loads(completed.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        facts = None
    if not isinstance(facts, dict) or "version" not in facts:
        raise InputError(
            f"subject.python: {file} is not a Python interpreter", hint="name a virtual environment or its bin/python"
        )
    return facts


def command(python: str | None, module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of perflab.

    Args:
        python: The project's interpreter; None for perflab's own.
        module: The module.
        arguments: Its arguments.
    """
    if python is None:
        return [sys.executable, "-m", module, *arguments]
    return [python, boot.__file__, module, *arguments]


def surroundings(python: str | None, folders: Sequence[str] = ()) -> dict[str, str]:
    """Return the environment variables of a process that runs a module of perflab.

    Args:
        python: The project's interpreter, which sees none of the lab's packages; None for perflab's own, which sees this
            process's.
        folders: Folders that come before the packages of the project's interpreter.
    """
    if python is None:
        return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    kept = {name: value for name, value in os.environ.items() if name not in _MISLEADING}
    return {**kept, "PYTHONPATH": os.pathsep.join(folders)} if folders else kept
