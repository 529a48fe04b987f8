"""Databases in SQLite files that a source fills: the marketplace's, with no rows."""

import itertools

import pytest

from perflab.seeding.sources.base import Ground
from perflab.seeding.target import connected
from perflab.servers.aliases.layout import Layout
from perflab.servers.sqlite import SqliteFiles

NUMBERS = itertools.count(1)


@pytest.fixture
def ground(tmp_path, django_db_blocker):
    """Empty databases, to which Django's connections lead."""
    name = f"perflab_template_{next(NUMBERS)}"
    with django_db_blocker.unblock(), SqliteFiles(tmp_path / "lab") as files:
        files.create_database(name)
        layout = Layout()
        with connected(layout.to_fill(files, name)):
            yield Ground(files, {"default": name}, layout, [], lambda progress: None)
