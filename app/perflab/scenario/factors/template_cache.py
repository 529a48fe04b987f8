"""A factor that switches the cached template loader off and on: without it, templates are read and compiled for each rendering.

It cannot tell of other engines: Jinja2 keeps compiled templates by itself, and Django's form renderers have an engine of their
own unless FORM_RENDERER is TemplatesSetting; both are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from perflab.scenario.factors.base import CellChanges, Context, Factor, Project
from perflab.scenario.source import Problem

ENGINE = "django.template.backends.django.DjangoTemplates"
LOADERS = "django.template.loaders"
CACHED = f"{LOADERS}.cached.Loader"


class TemplateCacheFactor(Factor):
    """Switches django.template.loaders.cached.Loader off and on, in each of the project's Django template engines."""

    kind: Literal["template_cache"] = Field(description="The kind of switch.")

    def describe(self) -> str:
        """Return what the factor switches, in words."""
        return f"template cache: {CACHED}"

    def problems(self, project: Project) -> Iterator[Problem]:
        """Yield a problem where the project has no Django template engine."""
        if not any(_is_django(engine) for engine in project.settings.TEMPLATES):
            yield Problem(("kind",), "the project has no Django templates in TEMPLATES", "remove the factor")

    def remarks(self, settings: Mapping[str, Any]) -> Iterator[str]:
        """Name the engines that are left alone."""
        for engine in settings.get("TEMPLATES") or ():
            if not _is_django(engine):
                yield f"factor {self.name}: the template engine {engine.get('BACKEND')} is left as it is"

    def changes(self, on: bool, context: Context) -> CellChanges:
        """Return TEMPLATES, with each Django engine's own loaders, cached or not."""
        engines = [_with_loaders(each, on) for each in context.settings.get("TEMPLATES") or ()]
        return CellChanges({"TEMPLATES": engines})


def _is_django(engine: Mapping[str, Any]) -> bool:
    return engine.get("BACKEND") == ENGINE


def _with_loaders(engine: Mapping[str, Any], on: bool) -> dict[str, Any]:
    """Return an engine with its loaders named, which excludes APP_DIRS."""
    if not _is_django(engine):
        return dict(engine)
    options = dict(engine.get("OPTIONS") or {})
    by_default = [f"{LOADERS}.filesystem.Loader"]
    if engine.get("APP_DIRS"):
        by_default.append(f"{LOADERS}.app_directories.Loader")
    plain = list(_plain(options.get("loaders") or by_default))
    options["loaders"] = [(CACHED, plain)] if on else plain
    return {**engine, "APP_DIRS": False, "OPTIONS": options}


def _plain(loaders: Sequence[Any]) -> Iterator[Any]:
    """Yield loaders, and in the place of a cached loader those that it caches."""
    for loader in loaders:
        if isinstance(loader, list | tuple) and loader and loader[0] == CACHED:
            yield from _plain(loader[1])
        else:
            yield loader
