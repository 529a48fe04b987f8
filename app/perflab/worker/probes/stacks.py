"""The part of the system that a sampled stack belongs to: one of PARTS, and a line of the project's code.

The rule: the innermost frame that belongs to a known part decides.

- Built-in functions, Python's own library, django.utils and perflab are charged to their caller.
- json and pickle are charged to the cache, the database or the ORM if one of these called them; else they are serialising.
- database: the driver, and of django.db the cursors and connections. orm: the rest of django.db, which builds queries and
  instances.
- cache: django.core.cache, the clients of cache servers, and what they do to values.
- middleware: django.core.handlers, every file or folder called middleware, and each file that the setting MIDDLEWARE names.
- serialising: every file or folder called serializers or renderers, the project's too, and pydantic.
- templates: Django's template engine and Jinja2, and every folder called templatetags.
- application: any other file of the project's. framework: the rest of Django, and every other library.

Time spent waiting is charged to the caller: a frame of the driver is database time, whether it computes or reads its socket.
"""

from __future__ import annotations

import re
import sysconfig
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from perflab.worker.probes.source import below

# By the place of a file below the folder that packages are installed in; the first that matches.
LIBRARIES = (
    ("database", re.compile(r"psycopg|MySQLdb/|pymysql/|oracledb/")),
    ("database", re.compile(r"django/db/(backends/(.*/)?(base|utils|psycopg_any)|utils|__init__)\.py$")),
    ("orm", re.compile(r"django/db/")),
    ("cache", re.compile(r"django/core/cache/|(django_)?(redis|valkey)/|pymemcache/|pylibmc/")),
    ("templates", re.compile(r"django/template/|jinja2/")),
    ("middleware", re.compile(r"django/core/handlers/")),
    ("serialising", re.compile(r"pydantic/|rest_framework/(fields|relations)\.py$")),
)
# By a file's or a folder's own name, in libraries and in the project.
NAMES = (
    ("middleware", re.compile(r"(^|/)middlewares?(/|\.py$)")),
    ("templates", re.compile(r"(^|/)templatetags/")),
    ("serialising", re.compile(r"(^|/)(serializers?|serialisers?|renderers?)(/|\.py$)")),
)
TRANSPARENT = re.compile(r"django/utils/")
TOOL = "tool"
TOOLS = re.compile(r"/(json/\w+|pickle)\.py$")
TOOL_USERS = ("cache", "database", "orm")

INSTALLED = ("/site-packages/", "/dist-packages/")


def _folders(*folders: str | Path) -> tuple[str, ...]:
    """Return the prefixes of paths below these folders, with symbolic links as written and as resolved."""
    return tuple({f"{place}/" for folder in folders for place in (folder, Path(folder).resolve())})


LAB = _folders(Path(__file__).parents[2])
LIBRARY = _folders(sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"))


@dataclass(frozen=True, slots=True)
class Frame:
    """Describe one frame of a stack: a function, its file, and its current line. `path` of a built-in begins with `<`."""

    function: str
    path: str
    line: int | None = None


class Stacks:
    """Classify stacks, innermost frame first, by the files of a project.

    Args:
        root: The project's folder.
        middleware: The files of its middleware.
    """

    def __init__(self, root: Path, middleware: Iterable[str] = ()) -> None:
        self.root = root
        self.middleware = frozenset(middleware)

    def part(self, stack: Sequence[Frame]) -> str | None:
        """Return the part that a sample belongs to; None where no frame decides: it was outside of a request."""
        tool = False
        for frame in stack:
            part = self._of(frame)
            if part == TOOL:
                tool = True
            elif part is not None:
                return "serialising" if tool and part not in TOOL_USERS else part
        return "serialising" if tool else None

    def line(self, stack: Sequence[Frame]) -> str | None:
        """Return `path:line function` of the project's innermost frame; None where there is none."""
        for frame in stack:
            if _is_project_file(frame.path):
                return f"{below(Path(frame.path), self.root)}:{frame.line} {frame.function}"
        return None

    def _of(self, frame: Frame) -> str | None:
        """Return the part of one frame, TOOL, or None where its caller decides."""
        path = frame.path
        if path in self.middleware:
            return "middleware"
        if _is_project_file(path):
            return _by_name(path.removeprefix(f"{self.root}/")) or "application"
        place = _installed(path)
        if place is None or path.startswith(LAB):
            return TOOL if TOOLS.search(path) and path.startswith(LIBRARY) else None
        if TRANSPARENT.match(place):
            return None
        part = next((part for part, pattern in LIBRARIES if pattern.match(place)), None)
        return part or _by_name(place) or "framework"


def _by_name(place: str) -> str | None:
    return next((part for part, pattern in NAMES if pattern.search(place)), None)


def _installed(path: str) -> str | None:
    """Return a file's path below the folder of installed packages; None for a file elsewhere."""
    for folder in INSTALLED:
        _, separator, place = path.rpartition(folder)
        if separator:
            return place
    return None


def _is_project_file(path: str) -> bool:
    return _installed(path) is None and not path.startswith(("<", *LAB, *LIBRARY))
