"""Key functions that put a cell's prefix before a project's own keys, on a server that is not the lab's.

Whatever the project's own KEY_FUNCTION does, even if it ignores KEY_PREFIX: the prefix is put before its result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from perflab.scenario.project import BEHIND

#: What the names of the lab's connections and keys begin with.
KEY_PREFIX = "perflab"
#: The prefix of a cell's keys on such a server.
OWN_PREFIX = re.compile(rf"{KEY_PREFIX}-[0-9a-f]+-\d+-")
DEFAULT = "django.core.cache.backends.base.default_key_func"
DEFAULT_REVERSE = "django_redis.util.default_reverse_key"


@dataclass
class Prefixed:
    """A KEY_FUNCTION: the project's, whose result gets the prefix.

    Attributes:
        prefix: The prefix; it has no colon and no character of a pattern.
        function: The project's KEY_FUNCTION, or its dotted path.
    """

    prefix: str
    function: str | Callable[..., Any] = DEFAULT
    _resolved: Callable[..., Any] | None = field(default=None, repr=False, compare=False)

    def __call__(self, key: Any, key_prefix: Any, version: Any) -> str:
        """Return the key on the server, as Django calls for it."""
        if self._resolved is None:
            self._resolved = resolve(self.function)
        return f"{self.prefix}{self._resolved(key, key_prefix, version)}"


@dataclass
class Reversed:
    """A REVERSE_KEY_FUNCTION of django-redis: the project's, which gets keys without the prefix.

    Attributes:
        prefix: The prefix.
        function: The project's REVERSE_KEY_FUNCTION, or its dotted path.
    """

    prefix: str
    function: str | Callable[..., Any] = DEFAULT_REVERSE
    _resolved: Callable[..., Any] | None = field(default=None, repr=False, compare=False)

    def __call__(self, key: str) -> str:
        """Return the project's own name of a key on the server."""
        if self._resolved is None:
            self._resolved = resolve(self.function)
        return str(self._resolved(key.removeprefix(self.prefix)))


@dataclass
class FromSettings:
    """A function that has no name to import it by, such as a lambda: it is looked up in the settings of the process.

    Attributes:
        module: The settings module.
        alias: The cache.
        name: The key of its entry.
    """

    module: str
    alias: str
    name: str

    def __call__(self, *args: Any) -> Any:
        """Call the function."""
        return vars(import_module(self.module))["CACHES"][self.alias][self.name](*args)


def every(caches: Mapping[str, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return all entries of a CACHES setting, with those that stand behind a cache that is switched off."""
    entries = list(caches.values())
    return entries + [entry[BEHIND] for entry in entries if BEHIND in entry]


def resolve(function: str | Callable[..., Any]) -> Callable[..., Any]:
    """Return what a dotted path names; a function as it is."""
    from django.utils.module_loading import import_string

    imported: Callable[..., Any] = import_string(function) if isinstance(function, str) else function
    return imported
