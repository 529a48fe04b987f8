"""Other ways to look into a request, as changes of a project's settings: what their own documentation says to set."""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from perflab.scenario import project

SILK = "django-silk"
TOOLBAR = "django-debug-toolbar"
PACKAGES = {SILK: "silk", TOOLBAR: "debug_toolbar"}


def installed(tool: str) -> bool:
    return find_spec(PACKAGES[tool]) is not None


def settings_with(tool: str, settings_module: str) -> dict[str, Any]:
    """The settings that switch a tool on, all else as the project has it."""
    apps = list(project.base_settings(settings_module)["INSTALLED_APPS"])
    middleware = list(project.base_settings(settings_module)["MIDDLEWARE"])
    if tool == SILK:
        return {
            "INSTALLED_APPS": [*apps, "silk"],
            "MIDDLEWARE": ["silk.middleware.SilkyMiddleware", *middleware],
            "ROOT_URLCONF": "tests.benchmarks.silk_urls",
        }
    return {
        "INSTALLED_APPS": [*apps, "debug_toolbar"],
        "MIDDLEWARE": ["debug_toolbar.middleware.DebugToolbarMiddleware", *middleware],
        "INTERNAL_IPS": ["127.0.0.1"],
        "DEBUG": True,  # without it the toolbar does nothing
    }


def make_silk_tables(settings_module: str, settings: Mapping[str, Any]) -> None:
    """Run silk's migrations, in a process whose Django knows silk."""
    process = multiprocessing.get_context("spawn").Process(target=_migrate, args=(settings_module, dict(settings)))
    process.start()
    process.join()
    if process.exitcode:
        raise RuntimeError("silk's migrations failed; its traceback is above")


def _migrate(settings_module: str, settings: dict[str, Any]) -> None:
    project.set_up(settings_module, settings)
    from django.core.management import call_command

    call_command("migrate", "silk", verbosity=0, interactive=False)
