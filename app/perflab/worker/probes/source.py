"""The line that is responsible for a query or a cache operation: the project's, or else a package's, which is told as such."""

from __future__ import annotations

import inspect
import sys
import sysconfig
from pathlib import Path
from types import FrameType
from typing import Any

from perflab.run.tables import THIRD_PARTY

LAB = (str(Path(__file__).parents[2]), str(Path(__file__).resolve().parents[2]))
# Not the project's own code: Python's library, installed packages, and perflab. Frames name a file by the links on the way to it.
OTHERS = tuple(
    {
        str(path)
        for place in (*(sysconfig.get_path(kind) for kind in ("stdlib", "platstdlib", "purelib", "platlib")), LAB[0])
        for path in (Path(place), Path(place).resolve())
    }
)
# Also of another environment that this one builds on.
INSTALLED = ("/site-packages/", "/dist-packages/")
# Packages that only carry out what they are told: drivers, clients of cache servers, and what wraps Django's cursors.
CLIENTS = (
    "psycopg", "redis", "valkey", "django_redis", "django_valkey", "pymemcache", "cachalot", "cacheops", "django_prometheus",
    "sentry_sdk", "opentelemetry", "ddtrace", "elasticapm", "newrelic", "silk",
)  # fmt: skip
DESCRIPTORS = ("related_descriptors.py", "related.py")
# Where Django renders a tag of a template, and where it calls the view and renders the response that the view left to it.
TEMPLATES = ("django/template/base.py", frozenset({"render_annotated"}))
HANDLER = ("django/core/handlers/base.py", frozenset({"_get_response", "_get_response_async"}))
# Around each middleware: what is further out has only passed the request on.
MIDDLEWARE = ("django/core/handlers/exception.py", frozenset({"inner"}))
# Of Django itself, what a project switches on as it would a package of somebody else's; the rest serves whoever calls it.
DJANGO, CONTRIB = "django/", "django/contrib/"


def source_of(frame: FrameType | None, root: Path) -> tuple[str | None, str | None]:
    """Return the source line that made a call, and the relation that Django followed on the way.

    The source is the nearest line of a file of the project's own: of its code, or of a template, whose tags are frames of
    Django's. Where there is none within the view, a library's view or serialiser did it: the source is then the project's view
    itself, if it is the project's, and the nearest line of third-party code behind THIRD_PARTY. So it is with a middleware of a
    library. It is never the middleware of the project that passed the request on. A relation is written as
    `marketplace.Payment.payer`.

    Args:
        frame: The innermost frame.
        root: The project's folder.
    """
    relation = third_party = None
    while frame is not None:
        name = frame.f_code.co_filename
        if relation is None and name.endswith(DESCRIPTORS):
            relation = _relation(frame.f_locals.get("self"))
        if _is_project_file(name):
            return f"{below(Path(name), root)}:{frame.f_lineno} {frame.f_code.co_name}", relation
        if third_party is None:
            third_party = _third_party(frame)
        if _is(frame, *TEMPLATES):
            tag = _tag(frame.f_locals.get("self"), root)
            if tag is not None:
                return tag, relation
        if _is(frame, *HANDLER):
            view = _view(frame.f_locals.get("callback"), root)
            return ", by ".join(filter(None, (view, third_party))) or None, relation
        if _is(frame, *MIDDLEWARE):
            break
        frame = frame.f_back
    return third_party, relation


def _third_party(frame: FrameType) -> str | None:
    """Return the line of a package of somebody else's, or the tag of its template; None for Django, drivers and Python."""
    if _is(frame, *TEMPLATES):
        node: Any = frame.f_locals.get("self")
        name, line = str(getattr(node.origin, "name", "")), getattr(node.token, "lineno", None)
        place = _installed(name)
        return f"{THIRD_PARTY}{place}:{line}" if place is not None and line is not None else None
    path = frame.f_code.co_filename
    place = None if path.startswith(LAB) else _installed(path)
    if place is None or place.startswith(CLIENTS) or (place.startswith(DJANGO) and not place.startswith(CONTRIB)):
        return None
    return f"{THIRD_PARTY}{place}:{frame.f_lineno} {frame.f_code.co_name}"


def _installed(path: str) -> str | None:
    """Return a file's path below the folder of installed packages; None for a file elsewhere."""
    path = path.replace("\\", "/")
    return next((path.rpartition(folder)[2] for folder in INSTALLED if folder in path), None)


def _is_project_file(path: str) -> bool:
    return not path.startswith(("<", *OTHERS)) and not any(folder in path for folder in INSTALLED)


def _is(frame: FrameType, file: str, functions: frozenset[str]) -> bool:
    return frame.f_code.co_name in functions and frame.f_code.co_filename.replace("\\", "/").endswith(file)


def _tag(node: Any, root: Path) -> str | None:
    """Return `path:line` of a tag in a template of the project's; None for one of a library's, or one that is no file."""
    name, line = str(getattr(node.origin, "name", "<unknown>")), getattr(node.token, "lineno", None)
    if line is None or not _is_project_file(name):
        return None
    return f"{below(Path(name), root)}:{line}"


def _view(callback: Any, root: Path) -> str | None:
    """Return `path:line name` of a view of the project's, of a class-based one its class; None for a library's view."""
    view = getattr(callback, "cls", None) or getattr(callback, "view_class", None) or callback
    view = inspect.unwrap(view) if callable(view) else view
    try:
        file = inspect.getsourcefile(view)
        line = inspect.getsourcelines(view)[1]
    except (TypeError, OSError):
        return None
    if file is None or not _is_project_file(file):
        return None
    return f"{below(Path(file), root)}:{line} {view.__name__}"


def _relation(descriptor: Any) -> str | None:
    """Return the model and field of Django's descriptor of a relation; of the reverse side, the name that it has there."""
    field = getattr(descriptor, "field", None)
    related = getattr(descriptor, "related", None)
    if related is not None:
        return f"{related.model._meta.label}.{related.get_accessor_name()}"
    if field is not None and getattr(field, "model", None) is not None:
        return f"{field.model._meta.label}.{field.name}"
    return None


def below(path: Path, root: Path) -> str:
    """Return a path relative to the project's folder, else to the folder that its package is imported from, else its name.

    The page is public: it has no absolute path.

    Args:
        path: The file.
        root: The project's folder.
    """
    folders = sorted((Path(entry) for entry in sys.path if entry), key=lambda folder: -len(folder.parts))
    for folder in (root, *folders):
        for file in (path.resolve(), path):  # a package may be reached by a link
            if file.is_relative_to(folder):
                return file.relative_to(folder).as_posix()
    return path.name
