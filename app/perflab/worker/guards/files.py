"""Files of a project in the cell's own folder: storages, and log files.

A storage reads what the project's folder has: a file is copied into the cell's folder when it is first used, so that the cell
may change, replace or remove it. Code that goes past storages, straight to MEDIA_ROOT, sees the files that are copied before it
starts: the whole folder where it is small. A log file begins empty.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STORAGES, LOGS, TEMPORARY = "files", "logs", "tmp"
# A folder up to this size is copied as a whole.
MAX_COPIED_BYTES, MAX_COPIED_FILES = 16 * 1024**2, 1_000


def place_of(folder: Path, location: str | os.PathLike[str]) -> Path:
    """Return where the files of one of the project's folders are in a cell.

    Args:
        folder: The cell's folder.
        location: The project's folder.
    """
    path = os.path.abspath(location)
    return folder / STORAGES / f"{hashlib.sha256(path.encode()).hexdigest()[:8]}-{os.path.basename(path)}"


@dataclass(frozen=True, slots=True)
class Origin:
    """A folder of the project's, whose files a cell begins with.

    Attributes:
        folder: The folder.
        whole: Copy all of it before the project starts.
        small: Copy it before the project starts if it is small.
    """

    folder: str
    whole: bool = False
    small: bool = True


class Files:
    """Moves a project's files.

    Args:
        folder: The cell's folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._inside = os.path.abspath(folder) + os.sep
        self._origins: dict[str, str] = {}
        self._copied: set[str] = set()  # what was copied: a file that is gone since then was removed by the project

    def install(self) -> None:
        """Make the cell's folders, and let storages and log files use them."""
        for name in (STORAGES, LOGS, TEMPORARY):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self._log_files()
        self._storages()

    def add(self, origins: Mapping[str, Origin]) -> None:
        """Let places of the cell have the files of the project's folders.

        Args:
            origins: The project's folders, by their places in the cell's.
        """
        for place, origin in origins.items():
            os.makedirs(place, exist_ok=True)
            self._origins[place] = origin.folder
            if origin.whole or origin.small:
                for name in _names(origin):
                    self._copy(os.path.join(origin.folder, name), os.path.join(place, name))

    def _copy(self, origin: str, place: str) -> None:
        if place in self._copied or os.path.lexists(place) or not os.path.isfile(origin):
            return
        self._copied.add(place)
        with suppress(OSError):  # a file that cannot be read is not there for the project either
            os.makedirs(os.path.dirname(place), exist_ok=True)
            shutil.copy2(origin, place)

    def _log_files(self) -> None:
        patched: Any = logging.FileHandler
        original = patched.__init__

        def initialise(handler: logging.FileHandler, filename: Any, *others: Any, **more: Any) -> None:
            path = os.path.abspath(os.fspath(filename))
            if not path.startswith((self._inside, "/dev/", "/proc/")):
                path = str(
                    self.folder / LOGS / f"{hashlib.sha256(path.encode()).hexdigest()[:8]}-{os.path.basename(path)}"
                )
            original(handler, path, *others, **more)

        patched.__init__ = initialise

    def _storages(self) -> None:
        from django.core.files import storage as module
        from django.utils.functional import cached_property

        patched: Any = module.FileSystemStorage
        path, listdir = patched.path, patched.listdir

        def location(storage: Any) -> str:
            return self._moved(os.path.abspath(storage.base_location))

        def moved(storage: Any, name: str) -> str:
            full = str(path(storage, name))
            base = storage.location
            if base in self._origins:
                self._copy(self._origins[base] + full[len(base) :], full)
            return full

        def listed(storage: Any, name: str) -> Any:
            self._copy_folder(str(path(storage, name)), storage.location)
            return listdir(storage, name)

        own_location: Any = cached_property(location)
        own_location.__set_name__(patched, "location")
        patched.location, patched.path, patched.listdir = own_location, moved, listed

    def _moved(self, location: str) -> str:
        """Return the cell's place of a storage's location, which is named if it is new."""
        if location.startswith(self._inside):
            return location
        place = str(place_of(self.folder, location))
        self._origins.setdefault(place, location)
        return place

    def _copy_folder(self, full: str, base: str) -> None:
        """Copy the files of one folder, which is about to be listed."""
        with suppress(OSError, KeyError), os.scandir(self._origins[base] + full[len(base) :]) as entries:
            for entry in entries:
                if entry.is_dir():
                    os.makedirs(os.path.join(full, entry.name), exist_ok=True)
                else:
                    self._copy(entry.path, os.path.join(full, entry.name))


def _names(origin: Origin) -> Iterator[str]:
    """Yield the files of a folder, relative to it; none if they are too many or too large to be copied."""
    names, size = [], 0
    for folder, _, files in os.walk(origin.folder):
        for file in files:
            path = os.path.join(folder, file)
            with suppress(OSError):
                size += os.path.getsize(path)
                names.append(os.path.relpath(path, origin.folder))
            if not origin.whole and (size > MAX_COPIED_BYTES or len(names) > MAX_COPIED_FILES):
                return
    yield from names
