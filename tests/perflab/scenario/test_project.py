"""The project under test, set up in a process of its own: its settings with changes, its application, its login."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from perflab.errors import InputError
from perflab.scenario import project

TINY = "tests.projects.tiny"
PROJECT = Path(__file__).resolve().parents[3]


def said(code: str, cwd: Path = PROJECT) -> str:
    """What a process prints that has only the laboratory on its path, and runs in the project's folder."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "app")}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    prelude = "from perflab.scenario import project as subject\nfrom perflab.errors import PerflabError\n"
    done = subprocess.run(
        [sys.executable, "-c", prelude + code], capture_output=True, text=True, cwd=cwd, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_settings_are_changed_before_anything_reads_them() -> None:
    assert said(
        f"subject.set_up({TINY!r}, {{'GREETING': 'changed', 'NEW': 1, 'INSTALLED_APPS': ['django.contrib.contenttypes']}})\n"
        "from django.conf import settings\nfrom django.apps import apps\n"
        "print(settings.GREETING, settings.NEW, [a.label for a in apps.get_app_configs()])"
    ) == "changed 1 ['contenttypes']"  # fmt: skip


def test_the_application_is_the_projects_own_with_its_middleware() -> None:
    answer = said(
        "middleware = ['django.middleware.clickjacking.XFrameOptionsMiddleware']\n"
        f"subject.set_up({TINY!r}, {{'ALLOWED_HOSTS': ['*'], 'MIDDLEWARE': middleware}})\n"
        "from perflab.worker.request import Caller, Response, environ_of\nfrom tests.perflab.steps import step_of\n"
        "caller = Caller(subject.wsgi_application())\n"
        "response = Response.of(caller.call(environ_of(step_of('/greet/'), {})))\n"
        "import json; print(json.dumps([response.status, dict(response.headers).get('X-Frame-Options')]))"
    )
    assert json.loads(answer) == [200, "DENY"]


@pytest.mark.parametrize(
    ("settings", "changes", "what"),
    [("no.such.settings", {}, "the settings no.such.settings cannot be set up: ModuleNotFoundError"),
     (TINY, {"INSTALLED_APPS": ["no_such_app"]}, "no_such_app")],
)  # fmt: skip
def test_settings_that_cannot_be_set_up_are_one_line(settings: str, changes: dict[str, object], what: str) -> None:
    line = said(f"try: subject.set_up({settings!r}, {changes!r})\nexcept PerflabError as error: print(error)")
    assert what in line and "manage.py check" in line and "\n" not in line


def test_a_setting_is_read_without_setting_django_up() -> None:
    assert said(f"print(subject.base_settings({TINY!r})['GREETING'], 'NONE' in subject.base_settings({TINY!r}))\n"
                "from django.apps import apps; print(apps.ready)") == "hello False\nFalse"  # fmt: skip


def test_settings_are_read_where_the_command_has_its_own_folder_on_the_path(tmp_path: Path) -> None:
    """An installed `perflab` has bin/ as its first place, and not the working directory."""
    (tmp_path / "own_settings.py").write_text("GREETING = 'from the folder'\n", encoding="utf-8")
    code = "import sys; sys.path.remove('')\nprint(subject.base_settings('own_settings')['GREETING'])"
    assert said(code, cwd=tmp_path) == "from the folder"


def test_what_the_project_does_not_set_is_djangos_own() -> None:
    """A project that startproject made has no CACHES, and a cache all the same."""
    assert "locmem" in said(f"print(subject.base_settings({TINY!r})['CACHES']['default']['BACKEND'])")


def test_settings_that_cannot_be_imported_say_where_to_run() -> None:
    with pytest.raises(InputError, match=r"cannot import no\.such\.settings.*run perflab from the project's folder"):
        project.base_settings("no.such.settings")


def test_what_a_path_names() -> None:
    assert project.imported("json:dumps", "subject.auth") is json.dumps
    assert project.imported(None, "subject.auth") is None


@pytest.mark.parametrize("path", ["json:nothing", "no.such.module:name", "json", ":x", "json:"])
def test_a_path_that_names_nothing_is_one_line(path: str) -> None:
    with pytest.raises(InputError, match=r"subject\.auth: cannot import .*package\.module:name") as caught:
        project.imported(path, "subject.auth")
    assert "\n" not in str(caught.value)


def test_caches_are_off_where_no_worker_is_set_up() -> None:
    """Whatever the project does with its cache while it is seeded or checked, it does not reach that of production."""
    caches = {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": "redis://nowhere.invalid"}}
    module = (
        f"import sys, types; m = types.ModuleType('own'); sys.modules['own'] = m\n"
        f"vars(m).update(CACHES={caches!r}, SECRET_KEY='x')\n"
    )
    assert said(
        module + "subject.set_up('own', {})\nfrom django.core.cache import cache\ncache.set('a', 1)\n"
        "print(cache.get('a'), cache.delete_pattern('*') or 0, subject.base_settings('own')['CACHES'] == m.CACHES)"
    ) == "None 0 True"  # fmt: skip
    assert said(module + "subject.set_up('own', {'CACHES': m.CACHES})\nfrom django.conf import settings\n"
                "print(settings.CACHES == m.CACHES)") == "True"  # fmt: skip


@pytest.mark.parametrize(
    ("allowed", "host"),
    [
        ([], "localhost"),
        (["*"], "localhost"),
        (["localhost", "127.0.0.1", "[::1]", "testserver"], "localhost"),
        (["localhost", "Shop.Example", "www.shop.example"], "shop.example"),
        ([".shop.example", "10.0.0.1"], "shop.example"),
        ([".shop.example", "www.shop.example"], "www.shop.example"),
        ("", "localhost"),
        ([" ", "*.shop.example"], "localhost"),
    ],
)
def test_requests_go_to_the_first_site_that_the_project_allows(allowed: list[str], host: str) -> None:
    assert project.host_of(allowed) == host


def test_what_django_has_for_a_setting() -> None:
    assert project.default_setting("LOGIN_URL") == "/accounts/login/"


def test_what_a_scenario_is_checked_against() -> None:
    changes = {"ROOT_URLCONF": f"{TINY}", "LOGIN_URL": "/in/?next=x", "INSTALLED_APPS": ["django.contrib.contenttypes"]}
    lines = said(
        f"print(subject.is_set_up())\nsubject.set_up({TINY!r}, {changes!r})\n"
        "print(subject.is_set_up(), subject.settings_now()['LOGIN_URL'], subject.login_path())\n"
        "print(subject.is_installed('django.contrib.contenttypes'), subject.is_installed('django.contrib.auth'))\n"
        f"print(subject.check_import('{TINY}:GREETING', 'subject.seed'))\n"
        f"try: subject.check_import('{TINY}:nothing', 'subject.seed')\nexcept PerflabError as error: print(error)"
    ).splitlines()
    assert lines[:4] == ["False", "True /in/?next=x /in/", "True False", "None"]
    assert lines[4].startswith(f"subject.seed: cannot import '{TINY}:nothing'")


def test_a_login_url_that_leads_nowhere_is_none() -> None:
    assert said(f"subject.set_up({TINY!r}, {{'LOGIN_URL': 'no-such-name'}})\nprint(subject.login_path())") == "None"
