"""What a project does beyond its cell: a record for each kind, target and line of code, with how often it happened."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

CONNECTION, LOOKUP, DATABASE, PROCESS, FILE, MAIL, CLOCK = (
    "connection", "lookup", "database", "process", "file", "mail", "clock",
)  # fmt: skip
REFUSED = frozenset({CONNECTION, LOOKUP, DATABASE})
# With symbolic links as written, as frames have them, and as resolved.
_OWN_FOLDERS, _WORKER_FOLDERS = (
    tuple(str(path.parents[level]) + os.sep for path in (Path(__file__), Path(__file__).resolve())) for level in (2, 1)
)
_LIBRARY = sysconfig.get_path("stdlib") + os.sep
PACKAGES = ("site-packages", "dist-packages")


@dataclass(frozen=True, slots=True)
class Contact:
    """One way in which a project goes beyond its cell.

    Attributes:
        kind: One of CONNECTION, LOOKUP, DATABASE (these are refused), PROCESS, FILE, MAIL and CLOCK.
        target: What it went for, such as `localhost:6379`.
        place: The line of the project's code that did it, such as `core/cache.py:12`; of a package's if no line of the project's
            is involved; None where no code is to be named.
        endpoint: The endpoint whose request did it; None while the project is set up, or between requests.
    """

    kind: str
    target: str
    place: str | None = None
    endpoint: str | None = None

    @property
    def sentence(self) -> str:
        """What happened, in words without an end."""
        who = self.place or "a thread of a package"
        return {
            CONNECTION: f"{who} connects to {self.target}",
            LOOKUP: f"{who} looks up the host {self.target}",
            DATABASE: f"{who} connects to the database {self.target}",
            PROCESS: f"{who} starts the process {self.target}",
            FILE: f"{who} writes to {self.target}",
            MAIL: f"mail: {self.target}",
            CLOCK: f"{self.target} keeps the machine's time",
        }[self.kind]


class Contacts:
    """Counts contacts.

    Args:
        root: The project's folder, to which places are relative.
    """

    def __init__(self, root: Path) -> None:
        self.root = str(root.resolve()) + os.sep
        self.endpoint: str | None = None
        self._counts: Counter[Contact] = Counter()

    def add(self, kind: str, target: str, place: str | None = None, count: int = 1) -> Contact:
        """Count a contact of the request that is being made.

        Args:
            kind: Its kind.
            target: What it went for.
            place: The line of code.
            count: How often it happened.
        """
        contact = Contact(kind, target, place, self.endpoint)
        self._counts[contact] += count
        return contact

    def take(self) -> list[tuple[Contact, int]]:
        """Return all contacts since the last time, with their counts."""
        counts = list(self._counts.items())
        self._counts.clear()
        return counts

    def place(self) -> str | None:
        """Return the innermost line of the project's own code that is being executed, else of a package's."""
        package: str | None = None
        for frame in _frames():
            file = frame.f_code.co_filename
            is_own = file.startswith(_OWN_FOLDERS)
            if is_own and not file.startswith(_WORKER_FOLDERS):
                break  # perflab called what is inside
            if is_own or file.startswith("<"):
                continue
            path = os.path.abspath(file)
            in_package = next((part for part in PACKAGES if f"{os.sep}{part}{os.sep}" in path), None)
            if in_package is None and path.startswith(self.root) and not path.startswith(sys.prefix + os.sep):
                return f"{path[len(self.root) :]}:{frame.f_lineno}"
            if package is None and in_package is not None and "django" not in path.split(os.sep):
                package = f"{path.rpartition(f'{os.sep}{in_package}{os.sep}')[2]}:{frame.f_lineno}"
            elif package is None and in_package is None and not path.startswith(_LIBRARY):
                package = f"{os.path.basename(path)}:{frame.f_lineno}"
        return package


def _frames() -> Iterator[FrameType]:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back
