"""Tables made by a process in an interpreter that the scenario names."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pytest

from perflab.errors import SubjectError
from perflab.experiment.setup import tables
from perflab.scenario import loading
from perflab.scenario.models import Scenario

CLOCKS = Path("tests/cases/clocks/scenario.yaml")


def scenario(python: str | None) -> Scenario:
    text = CLOCKS.read_text()
    return loading.parse(text if python is None else text.replace("subject: {", f"subject: {{python: {python}, "))


def test_perflabs_own_interpreter_needs_no_process() -> None:
    assert tables.maker(scenario(None)) is None


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A file named as the lab's are: others are refused."""
    return tmp_path / "perflab_made.sqlite3"


def make(database: Path) -> None:
    maker = tables.maker(scenario(sys.executable))
    assert maker is not None
    entry = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(database)}
    maker("migrations", {"default": entry}, ["default"], ["cached"])


def names(database: Path) -> set[str]:
    connection = sqlite3.connect(database)
    try:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    finally:
        connection.close()


def test_the_projects_tables_and_those_of_its_caches_are_made(database: Path) -> None:
    make(database)
    assert {"clocks_event", "auth_user", "django_migrations", "cached"} <= names(database)


def test_a_migration_that_fails_there_is_named_and_its_traceback_is_logged(
    database: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    connection = sqlite3.connect(database)
    connection.execute("CREATE TABLE clocks_event (id integer)")
    connection.close()
    with pytest.raises(SubjectError, match=r"^migration clocks\.0001_initial, on SQLite: .*already exists"):
        make(database)
    assert "Traceback" in capfd.readouterr().err
