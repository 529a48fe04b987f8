"""Files of a cell: where its storages, sessions, uploads and search indexes are instead of in the project's own folders.

The worker's guard (worker/guards/files.py) moves storages and log files, wherever their locations come from; here are the
settings that code reads by itself.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from perflab.servers.disk.home import new_run_folder, open_home
from perflab.worker.guards.files import TEMPORARY, Origin, place_of

MEDIA, INDEXES = "MEDIA_ROOT", "HAYSTACK_CONNECTIONS"
# Where a project may write what nobody else reads: a new folder.
EMPTY = ("FILE_UPLOAD_TEMP_DIR", "SESSION_FILE_PATH", "EMAIL_FILE_PATH")
# Settings that other modules of this package give the cell.
OTHERS = frozenset({"DATABASES", "CACHES", MEDIA, INDEXES, *EMPTY})


@contextmanager
def run_folder() -> Iterator[Path]:
    """Make a place for the cells' own folders in the lab's state folder; removed at the end, or by whoever finds it abandoned."""
    folder = new_run_folder(open_home(), "files")
    try:
        yield folder.path / "cells"
    finally:
        folder.remove()


def isolated(settings: Mapping[str, Any], folder: Path) -> tuple[dict[str, Any], dict[str, Origin]]:
    """Return the settings that a cell has instead of the project's, and where the files in its folders come from.

    Args:
        settings: The project's settings, as the cell has them.
        folder: The cell's folder; it need not exist.

    Returns:
        The settings, and the project's folders by their places in the cell's.
    """
    changes: dict[str, Any] = {
        name: _like(settings[name], folder / TEMPORARY) for name in EMPTY if settings.get(name) is not None
    }
    media = os.path.abspath(settings.get(MEDIA) or "")
    place = place_of(folder, media)
    origins = {str(place): Origin(media, whole=False, small=not Path.cwd().is_relative_to(media))}
    changes[MEDIA] = _like(settings.get(MEDIA) or "", place)
    if indexes := settings.get(INDEXES):
        changes[INDEXES] = dict(_indexes(indexes, folder, origins))
    if settings.get(MEDIA):
        changes |= dict(_below(settings, media, place))
    return changes, origins


def _indexes(indexes: Mapping[str, Any], folder: Path, origins: dict[str, Origin]) -> Iterator[tuple[str, Any]]:
    """Yield the search indexes with those in files in the cell's folder: a copy, because an engine opens them by itself."""
    for alias, entry in indexes.items():
        if entry.get("PATH"):
            place = place_of(folder, entry["PATH"])
            origins[str(place)] = Origin(os.path.abspath(entry["PATH"]), whole=True)
            entry = {**entry, "PATH": str(place)}
        yield alias, entry


def _below(settings: Mapping[str, Any], media: str, place: Path) -> Iterator[tuple[str, Any]]:
    """Yield the settings that name a folder in MEDIA_ROOT."""

    def moved(value: Any) -> Any:
        if isinstance(value, str | os.PathLike):
            text = os.fspath(value)
            inside = text == media or text.startswith(media + os.sep)
            return _like(value, Path(f"{place}{text[len(media) :]}")) if inside else value
        if isinstance(value, dict):
            return {key: moved(each) for key, each in value.items()}
        return type(value)(moved(each) for each in value) if type(value) in (list, tuple) else value

    for name, value in settings.items():
        new = value if name in OTHERS else moved(value)
        if new is not value and new != value and _can_be_sent(new):
            yield name, new


def _can_be_sent(value: Any) -> bool:
    """Say whether a worker can be given a value; functions without a name, for one, cannot be pickled."""
    try:
        pickle.dumps(value)
    except Exception:  # pickling can fail in any way
        return False
    return True


def _like(value: Any, path: Path) -> Any:
    """Return a path in the form that the project's own setting has: text, or a Path."""
    return path if isinstance(value, os.PathLike) else str(path)
