"""The project's code that a run has executed, by its contents."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from perflab.scenario.subject.calls import in_project
from perflab.worker.guards.contacts import PACKAGES

_LAB = Path(__file__).resolve().parents[2]


@in_project
def hashes(root: Path) -> dict[str, str]:
    """Return the SHA-256 of every file below a folder whose code the project's process has imported, without packages.

    Args:
        root: The project's folder.
    """
    return {str(path.relative_to(root)): _digest(path) for path in sorted(_files(root))}


def _files(root: Path) -> Iterator[Path]:
    environment = Path(sys.prefix)
    for module in list(sys.modules.values()):
        name = getattr(module, "__file__", None)
        if not isinstance(name, str) or not name.endswith(".py") or name.startswith(str(_LAB) + os.sep):
            continue
        path = Path(os.path.abspath(name))
        if path.is_relative_to(root) and not path.is_relative_to(environment) and not set(PACKAGES) & set(path.parts):
            yield path


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "missing"


def digest(code: Mapping[str, str]) -> str:
    """Return one SHA-256 for all files."""
    return hashlib.sha256("\n".join(f"{path} {value}" for path, value in sorted(code.items())).encode()).hexdigest()


def noted(before: Mapping[str, Any] | None, number: int, code: Mapping[str, str]) -> dict[str, Any]:
    """Return the code of a run for run.json, with what a round's differs in from the first one's.

    Args:
        before: What run.json has of earlier rounds.
        number: Number of the round that is about to begin.
        code: The files of the project.
    """
    if not before:
        return {"sha256": digest(code), "files": dict(code), "changed": []}
    files: Mapping[str, str] = before["files"]
    changed = sorted(path for path, value in code.items() if files.get(path, value) != value)
    entry = [{"round": number, "files": changed}] if changed else []
    return {**before, "files": {**code, **files}, "changed": [*before["changed"], *entry]}
