"""What only importing the project's modules shows: the classes behind a name, and the code that is loaded."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from perflab.errors import InputError, one_line
from perflab.scenario.subject.calls import in_project


@in_project
def bases(path: str) -> list[str]:
    """Return the modules of a class and of its base classes, its own first.

    Args:
        path: The class, `package.module.Class`.

    Raises:
        InputError: It cannot be imported.
    """
    module, _, name = path.rpartition(".")
    try:
        cls = getattr(import_module(module), name)
    except Exception as error:  # an import can fail in any way
        raise InputError(f"{path} cannot be imported: {one_line(error)}") from error
    return [base.__module__ for base in cls.__mro__]


@in_project
def backend_vendor(engine: str) -> str | None:
    """Return the kind of database that a backend (ENGINE) is for, as its class says it; None where it cannot be imported."""
    try:
        return str(import_module(f"{engine}.base").DatabaseWrapper.vendor)
    except Exception:  # a backend may need what is not there yet: Django reports it when it is used
        return None


@in_project
def package_files() -> list[str]:
    """Return the files of the modules that are loaded, without those of Django, of Python and of perflab."""
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    return [file for file in files if file and _is_package(file)]


def _is_package(name: str) -> bool:
    others = (f"{Path(__file__).parents[2]}/", f"{Path(str(import_module('django').__file__)).parent}/")
    of_python = name.startswith(sysconfig.get_path("stdlib")) and "site-packages" not in name
    return name.endswith(".py") and not of_python and not name.startswith(others)


@in_project
def django_version() -> str:
    """Return the version of Django that the project runs on."""
    return str(import_module("django").get_version())


@in_project
def missing_modules(paths: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Return the interpreter that the project runs on, and by each path whose module it lacks, that module.

    Args:
        paths: Modules, or classes in them; the packages that they are in are imported.
    """
    return sys.executable, {path: lacking for path in paths if (lacking := _lacking(path)) is not None}


def _lacking(path: str) -> str | None:
    """Return the first part of a dotted path that is not there; the last part may be a class or a function of a module."""
    parts = path.split(".")
    for end in range(1, len(parts) + 1):
        name = ".".join(parts[:end])
        try:
            is_there = find_spec(name) is not None
        except ImportError:  # what is above it is no package, or cannot be imported
            is_there = False
        if not is_there and not (end == len(parts) > 1 and _has(".".join(parts[:-1]), parts[-1])):
            return name
    return None


def _has(module: str, name: str) -> bool:
    try:
        return hasattr(import_module(module), name)
    except Exception:  # it is there, and what it needs may not be yet
        return True
