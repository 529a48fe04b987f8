"""The project under test, set up in this process: its settings with the lab's changes, its WSGI application, its login.

Django's settings are global to a process and many are read once, so changes must be made before `django.setup()`.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from perflab.errors import InputError, SubjectError

Headers = Callable[[Any], Mapping[str, str]]
WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def set_up(settings_module: str, changes: Mapping[str, Any]) -> None:
    """Load the project's settings, change some, and set Django up. Once per process."""
    os.environ["DJANGO_SETTINGS_MODULE"] = settings_module
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    import django
    from django.conf import settings

    try:
        for name, value in changes.items():
            setattr(settings, name, value)
        django.setup()
    except Exception as error:
        raise SubjectError(
            f"the settings {settings_module} cannot be set up: {type(error).__name__}: {error}",
            hint="run `python manage.py check` with them",
        ) from error


def base_setting(settings_module: str, name: str) -> Any:
    """A setting as the project has it, else Django's default (None for what Django does not know), without setting Django up."""
    from django.conf import global_settings

    try:
        return getattr(importlib.import_module(settings_module), name, getattr(global_settings, name, None))
    except ImportError as error:
        raise InputError(
            f"subject.settings: cannot import {settings_module}: {error}",
            hint="run perflab from the project's folder",
        ) from error


def wsgi_application() -> WsgiApplication:
    """The project's own WSGI application (WSGI_APPLICATION), with its full middleware."""
    from django.core.servers.basehttp import get_internal_wsgi_application

    return cast(WsgiApplication, get_internal_wsgi_application())


def urls(paths: Iterable[str]) -> dict[str, int]:
    """How many patterns of URLs the project answers (`all`), and how many of them these paths are of (`asked`)."""
    from django.urls import Resolver404, URLResolver, get_resolver, resolve

    def count(resolver: Any) -> int:
        return sum(count(one) if isinstance(one, URLResolver) else 1 for one in resolver.url_patterns)

    asked = set()
    for path in paths:
        try:
            asked.add(resolve(path.partition("?")[0]).route)
        except Resolver404:
            continue
    return {"asked": len(asked), "all": count(get_resolver())}


def imported(path: str | None, key: str) -> Any:
    """What `package.module:name` names; None for None."""
    if path is None:
        return None
    module, _, name = path.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(f"{key}: cannot import {path!r}: {error}", hint="write it as package.module:name") from error
