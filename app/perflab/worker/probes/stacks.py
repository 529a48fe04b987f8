"""What a sampled stack says of where a request's time goes: one of PARTS, and a line of the project's.

The rule: the innermost frame that belongs to a known part decides.

- Built-in functions, Python's own library, django.utils and the lab work for whoever called them: the caller decides.
- json and pickle work for the cache, the database or the ORM if one of these called them; else they are serialising.
- database: the driver, and of django.db the cursors and connections. orm: the rest of django.db, which builds queries and
  instances.
- cache: django.core.cache, the clients of cache servers, and what they do to values.
- middleware: django.core.handlers, every file or folder called middleware, and each file that the setting MIDDLEWARE names.
- serialising: every file or folder called serializers or renderers, the project's too, and pydantic.
- application: any other file of the project's. framework: the rest of Django, and every other library.

Waiting counts for who waits: a frame of the driver is database time, whether it computes or reads its socket.
"""

from __future__ import annotations

import re
import sysconfig
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from perflab.worker.probes.detail import below

# By the place of a file below the folder that packages are installed in; the first that matches.
LIBRARIES = (
    ("database", re.compile(r"psycopg|MySQLdb/|pymysql/|oracledb/")),
    ("database", re.compile(r"django/db/(backends/(.*/)?(base|utils|psycopg_any)|utils|__init__)\.py$")),
    ("orm", re.compile(r"django/db/")),
    ("cache", re.compile(r"django/core/cache/|(django_)?(redis|valkey)/|pymemcache/|pylibmc/")),
    ("middleware", re.compile(r"django/core/handlers/")),
    ("serialising", re.compile(r"pydantic/|rest_framework/(fields|relations)\.py$")),
)
# By a file's or a folder's own name, in libraries and in the project.
NAMES = (
    ("middleware", re.compile(r"(^|/)middlewares?(/|\.py$)")),
    ("serialising", re.compile(r"(^|/)(serializers?|serialisers?|renderers?)(/|\.py$)")),
)
SERVANT = re.compile(r"django/utils/")
TOOL = "tool"
TOOLS = re.compile(r"/(json/\w+|pickle)\.py$")
MASTERS = ("cache", "database", "orm")

INSTALLED = ("/site-packages/", "/dist-packages/")


def _folders(*folders: str | Path) -> tuple[str, ...]:
    """How paths of files in these begin: a link may be written or followed."""
    return tuple({f"{place}/" for folder in folders for place in (folder, Path(folder).resolve())})


LAB = _folders(Path(__file__).parents[2])
LIBRARY = _folders(sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"))


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a stack: a function, its file, and the line that it is at. `path` of a built-in begins with `<`."""

    function: str
    path: str
    line: int | None = None


class Stacks:
    """Knows the project: its folder, and the files of its middleware. Stacks have the innermost frame first."""

    def __init__(self, root: Path, middleware: Iterable[str] = ()) -> None:
        self.root = root
        self.middleware = frozenset(middleware)

    def part(self, stack: Sequence[Frame]) -> str | None:
        """The part that a sample belongs to; None where no frame says: it was outside of a request."""
        tool = False
        for frame in stack:
            part = self._of(frame)
            if part == TOOL:
                tool = True
            elif part is not None:
                return "serialising" if tool and part not in MASTERS else part
        return "serialising" if tool else None

    def line(self, stack: Sequence[Frame]) -> str | None:
        """`path:line function` of the innermost frame of the project's; None where there is none."""
        for frame in stack:
            if _is_projects(frame.path):
                return f"{below(Path(frame.path), self.root)}:{frame.line} {frame.function}"
        return None

    def _of(self, frame: Frame) -> str | None:
        """The part of one frame, TOOL, or None where its caller decides."""
        path = frame.path
        if path in self.middleware:
            return "middleware"
        if _is_projects(path):
            return _by_name(path.removeprefix(f"{self.root}/")) or "application"
        place = _installed(path)
        if place is None or path.startswith(LAB):
            return TOOL if TOOLS.search(path) and path.startswith(LIBRARY) else None
        if SERVANT.match(place):
            return None
        known = next((part for part, pattern in LIBRARIES if pattern.match(place)), None)
        return known or _by_name(place) or "framework"


def _by_name(place: str) -> str | None:
    return next((part for part, pattern in NAMES if pattern.search(place)), None)


def _installed(path: str) -> str | None:
    """A file's place below the folder that packages are installed in; None for a file elsewhere."""
    for folder in INSTALLED:
        _, found, place = path.rpartition(folder)
        if found:
            return place
    return None


def _is_projects(path: str) -> bool:
    return _installed(path) is None and not path.startswith(("<", *LAB, *LIBRARY))
