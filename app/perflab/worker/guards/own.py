"""The guards of the process that has the project, beside its workers: this one, or one of the project's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from perflab.scenario.subject.calls import in_project
from perflab.worker.guards import Guards
from perflab.worker.guards.contacts import Contact
from perflab.worker.guards.files import Origin

_installed: list[Guards] = []


@in_project
def install(allowed: Sequence[str], folder: Path) -> None:
    """Install guards, before the project's settings are imported; those before them let everything through.

    Args:
        allowed: What may be reached.
        folder: Where the project's files are instead of in its own folders.
    """
    _installed.append(Guards(allowed, folder, names_files=False))
    _installed[-1].install()


@in_project
def add_files(origins: Mapping[str, Origin]) -> None:
    """Let these folders take the place of the project's, once its settings are read."""
    _installed[-1].files.add(origins)


@in_project
def finish() -> None:
    """Install what needs the project, once Django is set up."""
    _installed[-1].set_up()


@in_project
def contacts() -> list[tuple[Contact, int]]:
    """Return what the project did beyond its cells since the last time, with counts."""
    return _installed[-1].contacts.take()


@in_project
def remove() -> None:
    """Let everything through again."""
    _installed.pop().outside.active = False
