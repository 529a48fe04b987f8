"""The site as a process of its own sees it: settings from the environment, and the toolbar in development."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

_REPORT = """
import json, django
django.setup()
from django.conf import settings
print(json.dumps({
    "debug": settings.DEBUG,
    "toolbar": "debug_toolbar" in settings.INSTALLED_APPS,
    "first": settings.MIDDLEWARE[0],
    "sessions": any("session" in name.lower() for name in settings.MIDDLEWARE),
    "atomic": settings.DATABASES["default"].get("ATOMIC_REQUESTS", False),
    "engine": settings.DATABASES["default"]["ENGINE"],
    "host": settings.DATABASES["default"]["HOST"],
    "age": settings.DATABASES["default"]["CONN_MAX_AGE"],
    "cache": settings.CACHES["default"]["BACKEND"],
    "optimised": settings.MARKETPLACE_OPTIMISED_QUERIES,
}))
"""


def _python(code: str, **environment: str) -> str:
    """What a fresh process prints; one that complains fails the test."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if name
        not in (
            "DATABASE_URL",
            "CACHE_URL",
            "DJANGO_DEBUG",
            "MARKETPLACE_OPTIMISED_QUERIES",
            "PYTEST_VERSION",
        )
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={
            **clean,
            "PYTHONPATH": str(ROOT / "app"),
            "DJANGO_SETTINGS_MODULE": "site_config.settings",
            **environment,
        },
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _settings(**environment: str) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(_python(_REPORT, **environment))
    return facts


def test_defaults() -> None:
    facts = _settings()
    assert (facts["debug"], facts["toolbar"], facts["sessions"], facts["atomic"]) == (
        False,
        False,
        False,
        False,
    )
    assert (facts["engine"], facts["age"]) == ("django.db.backends.sqlite3", None)
    assert (facts["cache"], facts["optimised"]) == ("django_redis.cache.RedisCache", True)


def test_everything_from_the_environment() -> None:
    facts = _settings(
        DATABASE_URL="postgres://somebody@%2Ftmp%2Fsomewhere/shop",
        CACHE_URL="dummy://",
        DJANGO_DEBUG="1",
        MARKETPLACE_OPTIMISED_QUERIES="0",
    )
    assert (facts["engine"], facts["host"]) == ("django.db.backends.postgresql", "/tmp/somewhere")
    assert facts["cache"] == "django.core.cache.backends.dummy.DummyCache"
    assert (facts["debug"], facts["toolbar"], facts["optimised"]) == (True, True, False)
    assert facts["first"] == "debug_toolbar.middleware.DebugToolbarMiddleware"


def test_manage_py_finds_the_project_from_anywhere(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "check"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        check=False,
    )
    assert done.returncode == 0, done.stderr


_TOOLBAR = """
import django
django.setup()
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0)
from marketplace.api.auth import headers
from marketplace.models import Profile, User

user = User.objects.create_user("somebody", "somebody@example.com", None)
Profile.objects.create(user=user)
client = Client(headers=headers(user.pk))

page = client.get("/docs").content.decode()
assert 'id="djDebug"' in page, "the toolbar is not on the page of documentation"
assert "cdn" not in page, "the page needs the network"

answer = client.get("/get-account-details")
assert answer.status_code == 200
request_id = answer.headers["djdt-request-id"]

history = client.get("/__debug__/history_refresh/", {"request_id": request_id}).json()
assert any("get-account-details" in str(row) for row in history["requests"]), history

panel = client.get("/__debug__/render_panel/", {"request_id": request_id, "panel_id": "SQLPanel"}).json()
assert "marketplace_profile" in panel["content"], "the toolbar does not show the query"
print("fine")
"""


@pytest.mark.parametrize("cache", ["dummy://", "private server"])
def test_the_debug_toolbar_can_be_used(tmp_path: Path, cache: str, request: pytest.FixtureRequest) -> None:
    """On the page of documentation, and for the API's requests through its history."""
    url = cache if cache == "dummy://" else request.getfixturevalue("valkey").url()
    database = f"sqlite:///{tmp_path / 'db.sqlite3'}"
    assert _python(_TOOLBAR, DJANGO_DEBUG="1", DATABASE_URL=database, CACHE_URL=url) == "fine\n"
