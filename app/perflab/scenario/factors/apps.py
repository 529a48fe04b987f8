"""A factor that puts apps in that the project does not have, with their settings and middleware: django-cachalot, for example.

It cannot tell of apps with tables of their own: databases are made without them. An app that caches has to say so
(`caches: true`), so that its responses are checked for being out of date.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from perflab.scenario.factors.base import CellChanges, Context, Factor, Project
from perflab.scenario.project import LAB_SETTINGS
from perflab.scenario.source import Problem
from perflab.scenario.strict import Dotted
from perflab.scenario.subject.modules import missing_modules

# The distributions of well-known apps whose names differ from the package's.
DISTRIBUTIONS = {
    "cachalot": "django-cachalot", "cacheops": "django-cacheops", "compressor": "django-compressor",
    "debug_toolbar": "django-debug-toolbar", "django_cte": "django-cte", "silk": "django-silk", "whitenoise": "whitenoise",
}  # fmt: skip
SettingName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]


class AppsFactor(Factor):
    """Switches apps off and on that the project does not have; on adds them."""

    kind: Literal["apps"] = Field(description="The kind of switch.")
    add: list[Dotted] = Field(min_length=1, description="What comes after the project's own entries in INSTALLED_APPS.")
    settings: dict[SettingName, Any] = Field(
        default_factory=dict,
        description="Settings with the switch on. A mapping, such as CACHES, is merged into the project's own.",
    )
    middleware_first: list[Dotted] = Field(
        default_factory=list, description="What comes before the project's own entries in MIDDLEWARE."
    )
    middleware_last: list[Dotted] = Field(
        default_factory=list, description="What comes after the project's own entries in MIDDLEWARE."
    )
    does_cache: bool = Field(
        default=False,
        alias="caches",
        description="Whether it caches, so that responses are checked for being out of date, as with a factor of caches.",
    )

    @property
    def caches(self) -> bool:  # type: ignore[override]
        """Whether it switches caches: here, that is for the scenario to say."""
        return self.does_cache

    def describe(self) -> str:
        """Return what the factor switches, in words."""
        changed = [*self.settings, *(["MIDDLEWARE"] if self.middleware_first or self.middleware_last else [])]
        return f"apps: {', '.join(self.add)}" + (f", with {', '.join(changed)}" if changed else "")

    def problems(self, project: Project) -> Iterator[Problem]:
        """Yield what the project has already, what cannot be imported there, and settings that perflab sets itself."""
        for i, app in enumerate(self.add):
            if app in project.settings.INSTALLED_APPS:
                yield Problem(("add", i), f"the project has the app {app} already", "name one that it lacks")
        yield from self._missing()
        for name in self.settings:
            if name in LAB_SETTINGS:
                yield Problem(("settings", name), f"perflab sets {name} itself", "remove it")
            elif name in ("INSTALLED_APPS", "MIDDLEWARE"):
                instead = "add" if name == "INSTALLED_APPS" else "middleware_first or middleware_last"
                yield Problem(("settings", name), f"the factor changes {name} itself", f"use {instead}")

    def _missing(self) -> Iterator[Problem]:
        keys = ("add", "middleware_first", "middleware_last")
        places = [(key, i, name) for key in keys for i, name in enumerate(getattr(self, key))]
        interpreter, missing = missing_modules([name for _, _, name in places])
        for key, i, name in places:
            if name in missing:
                package = name.partition(".")[0]
                install = f"{interpreter} -m pip install {DISTRIBUTIONS.get(package, package)}"
                yield Problem((key, i), f"{interpreter} has no {missing[name]}", f"try `{install}`")

    def changes(self, on: bool, context: Context) -> CellChanges:
        """Return the settings with these apps; nothing when off."""
        if not on:
            return CellChanges()
        own = context.settings
        changed = {name: _merged(own.get(name), value) for name, value in self.settings.items()}
        if self.middleware_first or self.middleware_last:
            changed["MIDDLEWARE"] = [*self.middleware_first, *own.get("MIDDLEWARE", ()), *self.middleware_last]
        return CellChanges({**changed, "INSTALLED_APPS": [*own.get("INSTALLED_APPS", ()), *self.add]})


def _merged(own: Any, value: Any) -> Any:
    """Return a setting with the keys of a mapping over the project's own; anything else replaces it."""
    return {**own, **value} if isinstance(own, Mapping) and isinstance(value, Mapping) else value
