"""Every test gets a key space of its own on the cache server, and the same world."""

import uuid
from collections.abc import Callable
from typing import Any

import factory.random
import pytest

from tests.marketplace.world import World, build

DUMMY = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}


@pytest.fixture(autouse=True)
def cache_on(settings: Any) -> Any:
    """Caching on, with a prefix that nobody else has; returns the settings, to put them back."""
    settings.CACHES = {
        "default": {**settings.CACHES["default"], "KEY_PREFIX": f"test-{uuid.uuid4().hex}", "TIMEOUT": 600}
    }
    settings.MARKETPLACE_OPTIMISED_QUERIES = True
    return settings.CACHES


@pytest.fixture
def cache_off(settings: Any, cache_on: Any) -> None:
    settings.CACHES = DUMMY


@pytest.fixture
def switch(settings: Any, cache_on: dict[str, Any]) -> Callable[..., None]:
    """Turns optimised queries and caching on and off; the key space stays the same."""

    def turn(*, queries: bool, caching: bool) -> None:
        settings.MARKETPLACE_OPTIMISED_QUERIES = queries
        settings.CACHES = cache_on if caching else DUMMY

    return turn


@pytest.fixture
def world(db: None) -> World:
    factory.random.reseed_random(1)
    return build()


@pytest.fixture
def committed_world(transactional_db: None) -> World:
    """The same, committed for real: writes run their on_commit hooks."""
    factory.random.reseed_random(1)
    return build()
