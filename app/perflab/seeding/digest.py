"""Everything that seeded data depends on, and a short name for all of it.

Data is used again only if it would be the same: the scenario's data section after scaling, the seed, the project's
migrations, its factories, the seeder itself, and the versions of the packages that draw and store the rows.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import json
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any

from perflab.scenario.subject import cache_tables, tables
from perflab.scenario.subject.calls import in_project

FORMAT = 1  # of the data directory and its manifest
PACKAGES = ("django", "factory_boy", "faker", "numpy", "pyarrow", "psycopg")
KEY_LENGTH = 12
# How the name of a function of perflab's begins, which describes data by the models.
OWN = "perflab.seeding."


def key_of(inputs: object) -> str:
    """Return twelve hexadecimal digits that stand for the inputs."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:KEY_LENGTH]


def inputs_of(settings: str, database: dict[str, str], *, by_models: bool = False) -> dict[str, Any]:
    """Return what any data depends on, whatever its source, as plain data. Django is set up; reads about 50 small files, 10 ms.

    Args:
        settings: The project's settings module.
        database: The database's kind and version: {"postgresql": "18.6"}.
        by_models: Whether tables or rows follow from the models of apps that have migrations, too.
    """
    migrated = migrations()
    return {
        "format": FORMAT,
        "subject": {"settings": settings},
        "migrations": migrated,
        "models": {label: digest for label, digest in models().items() if by_models or label not in migrated},
        "cache_tables": cache_tables.of_project(settings),
        "seeder": digest_of(
            [*sorted(Path(__file__).parent.rglob("*.py")), Path(tables.__file__), Path(cache_tables.__file__)]
        ),
        "versions": {name: _version(name) for name in PACKAGES} | database,
    }


@in_project
def migrations() -> dict[str, str]:
    """Return a digest of the migration files of each installed app, by its label."""
    from django.apps import apps
    from django.db.migrations.loader import MigrationLoader

    digests = {}
    for app in apps.get_app_configs():
        name, _ = MigrationLoader.migrations_module(app.label)
        try:
            module = importlib.import_module(name) if name else None
        except ModuleNotFoundError:
            continue
        files = sorted(path for folder in getattr(module, "__path__", ()) for path in Path(folder).glob("*.py"))
        if files:
            digests[app.label] = digest_of(files)
    return dict(sorted(digests.items()))


@in_project
def models() -> dict[str, str]:
    """Return a digest of the modules with the models of each installed app, by its label: tables may be made from them."""
    from django.apps import apps

    files: dict[str, set[Path]] = {}
    for model in apps.get_models(include_auto_created=True):
        file = getattr(importlib.import_module(model.__module__), "__file__", None)
        if file:
            files.setdefault(model._meta.app_label, set()).add(Path(file))
    return {label: digest_of(sorted(paths)) for label, paths in sorted(files.items())}


@in_project
def code_of(module_name: str) -> str:
    """Return a digest of a module and of everything that it uses from its own top package."""
    return digest_of(sources(module_name))


def sources(module_name: str) -> list[Path]:
    """Return the files of a module and of everything that it uses from its own top package, sorted."""
    package = module_name.partition(".")[0]
    files: dict[str, Path] = {}
    pending = [module_name]
    while pending:
        name = pending.pop()
        module = importlib.import_module(name)
        if name in files or not getattr(module, "__file__", None):
            continue
        files[name] = Path(str(module.__file__))
        used = {_module_of(value) for value in vars(module).values()}
        pending += [other for other in used if other and other.partition(".")[0] == package]
    return sorted(set(files.values()))


def _module_of(value: object) -> str | None:
    """Return the module that a global is, or that its class or function was defined in."""
    if isinstance(value, ModuleType):
        return value.__name__
    made_in = inspect.getmodule(value) if inspect.isclass(value) or inspect.isfunction(value) else None
    return made_in.__name__ if made_in else None


def digest_of(files: Iterable[Path]) -> str:
    """Return a digest of files' names and contents."""
    digest = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:KEY_LENGTH]


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
