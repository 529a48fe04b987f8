"""What importing shows of a class, and which loaded code is a package's."""

from __future__ import annotations

import sys

import pytest

from perflab.errors import InputError
from perflab.scenario.subject.modules import backend_vendor, bases, missing_modules, package_files


def test_a_class_and_its_bases() -> None:
    modules = bases("django.contrib.sessions.backends.cached_db.SessionStore")
    assert modules[0] == "django.contrib.sessions.backends.cached_db"
    assert "django.contrib.sessions.backends.db" in modules


@pytest.mark.parametrize("path", ["no.such.Class", "django.db.NoSuchClass", "name"])
def test_one_that_cannot_be_imported_is_named(path: str) -> None:
    with pytest.raises(InputError, match=f"^{path} cannot be imported: "):
        bases(path)


def test_the_kind_of_database_of_a_backend() -> None:
    assert backend_vendor("django.db.backends.sqlite3") == "sqlite"
    assert backend_vendor("no.such.backend") is None


def test_the_files_of_packages() -> None:
    files = package_files()
    assert any(file.endswith("pytest/__init__.py") for file in files)
    assert not any("/django/" in file or "/app/perflab/" in file or file.endswith("/os.py") for file in files)


@pytest.mark.parametrize(
    ("path", "lacking"),
    [
        ("django.contrib.humanize", None),
        ("django.contrib.sites.apps.SitesConfig", None),
        ("django.middleware.http.ConditionalGetMiddleware", None),
        ("no_such_package.apps.Config", "no_such_package"),
        ("django.no_such_module.apps.Config", "django.no_such_module"),
        ("django.contrib.sites.apps.NoConfig", "django.contrib.sites.apps.NoConfig"),
    ],
)
def test_the_part_of_a_path_that_is_not_there(path: str, lacking: str | None) -> None:
    assert missing_modules([path]) == (sys.executable, {} if lacking is None else {path: lacking})
