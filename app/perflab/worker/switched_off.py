"""A cache that is switched off: it keeps no entry, and does all else as the project's own backend.

Django's DummyCache lacks what other backends offer beside entries: django-redis' locks, patterns, sets and raw connections. A
project that uses them would fail where its cache is off, and not because of the cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.dummy import DummyCache

from perflab.scenario.project import BEHIND


class SwitchedOffCache(DummyCache):
    """Keep nothing. `params["BEHIND"]` is the entry in CACHES that does what is no matter of entries; without it nothing does."""

    def __init__(self, host: str, params: dict[str, Any]) -> None:
        super().__init__(host, params)
        self._entry: dict[str, Any] | None = params.get(BEHIND)
        self._own: Any = None

    def set(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None, *more: Any, **named: Any
    ) -> Any:
        """Store nothing; say what a backend says that stored it: with `xx` there is no entry to replace."""
        super().set(key, value, timeout, version)
        return not named.get("xx", False)

    def get(self, key: str, default: Any = None, version: Any = None, *more: Any, **named: Any) -> Any:
        """Return the default."""
        return super().get(key, default, version)

    def add(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None, *more: Any, **named: Any
    ) -> bool:
        """Store nothing, and say that it was stored: there was no entry before."""
        return bool(super().add(key, value, timeout, version))

    def delete(self, key: str, version: Any = None, *more: Any, **named: Any) -> bool:
        """Delete nothing."""
        return bool(super().delete(key, version))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if self._entry is None:
            return _NOTHING
        if self._own is None:
            self._own = _create(self._entry)
        return getattr(self._own, name)


def _create(entry: dict[str, Any]) -> Any:
    from django.utils.module_loading import import_string

    params = dict(entry)
    backend, location = params.pop("BACKEND"), params.pop("LOCATION", "")
    return import_string(backend)(location, params)


class _Nothing:
    """Stands for whatever a backend offers, where there is no server: it can be called, entered and looped over."""

    def __call__(self, *args: Any, **named: Any) -> _Nothing:
        return self

    def __getattr__(self, name: str) -> _Nothing:
        return self

    def __enter__(self) -> _Nothing:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __bool__(self) -> bool:
        return False


_NOTHING = _Nothing()
