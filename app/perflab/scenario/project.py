"""The project under test (`subject` in a scenario): its settings with the lab's changes, its WSGI application, its login.

Django's settings are global to a process and many are read once, so changes must be made before `django.setup()`.
"""

from __future__ import annotations

import importlib
import ipaddress
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from perflab.errors import InputError, SubjectError, one_line, raised_at
from perflab.scenario.subject.calls import in_project

# The lab sets these in every worker, whatever the project or a factor says.
LAB_SETTINGS = frozenset({"DATABASES", "ALLOWED_HOSTS", "DEBUG"})

DUMMY_BACKEND = "django.core.cache.backends.dummy.DummyCache"
# The dummy cache for backends that offer more than entries; in the key BEHIND is the entry of the backend itself.
SWITCHED_OFF_BACKEND = "perflab.worker.switched_off.SwitchedOffCache"
BEHIND = "BEHIND"

# The host of requests to a project that allows no host by its name, and names that stand for no site.
HOST = "localhost"
NO_SITES = frozenset({HOST, "testserver", "host.docker.internal"})

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@in_project
def set_up(settings_module: str, changes: Mapping[str, Any]) -> None:
    """Load the project's settings, change some, and set Django up. Once per process.

    Unless CACHES is among the changes, caches are switched off: only workers have caches of their own, and whatever the project
    does with its cache when it is set up, migrated or filled is not to reach those of production.

    Args:
        settings_module: The project's settings.
        changes: The settings that are changed.

    Raises:
        SubjectError: The project cannot be set up.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = settings_module
    _find_project()
    import django
    from django.conf import settings

    try:
        off = {alias: {"BACKEND": SWITCHED_OFF_BACKEND} for alias in settings.CACHES}
        for name, value in {"CACHES": off, **changes}.items():
            setattr(settings, name, value)
        django.setup()
    except Exception as error:
        raise _broken(settings_module, error) from error


def _broken(settings_module: str, error: Exception) -> SubjectError:
    return SubjectError(
        f"the settings {settings_module} cannot be set up: {one_line(error)}{raised_at(error)}",
        hint="run `python manage.py check` with them",
    )


@in_project
def is_set_up() -> bool:
    """Tell whether Django is set up where the project is."""
    from django.apps import apps

    return apps.ready


@in_project
def base_settings(settings_module: str) -> dict[str, Any]:
    """Return all settings as the project has them, over Django's defaults, without setting Django up.

    Raises:
        InputError: The module cannot be imported.
        SubjectError: It raises something else.
    """
    from django.conf import global_settings

    _find_project()
    try:
        module = importlib.import_module(settings_module)
    except ImportError as error:
        raise InputError(
            f"subject.settings: cannot import {settings_module}: {error}",
            hint="run perflab from the project's folder",
        ) from error
    except Exception as error:
        raise _broken(settings_module, error) from error
    every = {**vars(global_settings), **vars(module)}
    return {name: value for name, value in every.items() if name.isupper()}


@in_project
def default_setting(name: str) -> Any:
    """Return what Django has for a setting, in the version that the project uses.

    Args:
        name: The setting.
    """
    from django.conf import global_settings

    return getattr(global_settings, name)


def host_of(allowed: Iterable[str]) -> str:
    """Return the host of requests: the first name in ALLOWED_HOSTS, or the domain that a pattern there ends in, else localhost.

    Addresses, names of this machine and the one of Django's test client stand for no site.

    Args:
        allowed: The project's ALLOWED_HOSTS.
    """
    names = [str(name).strip().lower() for name in allowed]
    sites = [name for name in names if name and "*" not in name and name not in NO_SITES and not _is_address(name)]
    return next((name for name in sites if not name.startswith(".")), next(iter(sites), HOST).lstrip("."))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _find_project() -> None:
    """Let the project's packages be imported from the working directory, as manage.py does."""
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))


def wsgi_application() -> WsgiApplication:
    """Return the project's own WSGI application (WSGI_APPLICATION), with its full middleware."""
    from django.core.servers.basehttp import get_internal_wsgi_application

    return cast(WsgiApplication, get_internal_wsgi_application())


@in_project
def settings_now() -> dict[str, Any]:
    """Return all settings as Django has them once it is set up, with the lab's changes."""
    from django.conf import settings

    return {name: getattr(settings, name) for name in dir(settings) if name.isupper()}


@in_project
def is_installed(app: str) -> bool:
    """Tell whether an app is among INSTALLED_APPS, by its name."""
    from django.apps import apps

    return apps.is_installed(app)


@in_project
def urls(paths: Sequence[str]) -> dict[str, int]:
    """Count the project's URL patterns (`all`), and those that the given paths match (`asked`)."""
    from django.urls import Resolver404, URLResolver, get_resolver, resolve

    def count(resolver: Any) -> int:
        return sum(count(p) if isinstance(p, URLResolver) else 1 for p in resolver.url_patterns)

    routes = set()
    for path in paths:
        try:
            routes.add(resolve(path.partition("?")[0]).route)
        except Resolver404:
            continue
    return {"asked": len(routes), "all": count(get_resolver())}


def imported(path: str | None, key: str) -> Any:
    """Import what `package.module:name` names; None for None.

    Args:
        path: The name, as a scenario has it.
        key: The scenario's key, for the message.

    Raises:
        InputError: There is no such module or name.
    """
    if path is None:
        return None
    module, _, name = path.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(f"{key}: cannot import {path!r}: {error}", hint="write it as package.module:name") from error


@in_project
def check_import(path: str | None, key: str) -> None:
    """Find out whether `imported` finds a name, without bringing what it names into this process.

    Args:
        path: The name, as a scenario has it.
        key: The scenario's key, for the message.

    Raises:
        InputError: There is no such module or name.
    """
    imported(path, key)


@in_project
def login_path() -> str | None:
    """Return the path of the project's login page; None where LOGIN_URL leads nowhere."""
    from django.conf import settings
    from django.shortcuts import resolve_url

    try:
        return urlsplit(str(resolve_url(settings.LOGIN_URL))).path
    except Exception:  # the name of a URL that the project does not have
        return None
