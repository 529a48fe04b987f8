"""Rows from fixtures."""

import json

import pytest

from perflab.errors import SubjectError
from perflab.seeding.sources.fixtures import Fixtures
from perflab.seeding.spec import SeedSpec

USER = {"username": "ann", "email": "ann@corp.com", "password": "!", "date_joined": "2026-05-06T07:08:09Z"}


@pytest.fixture
def load(tmp_path, monkeypatch):
    """A function: a source of a fixture with these objects."""
    monkeypatch.chdir(tmp_path)

    def made(objects):
        (tmp_path / "demo.json").write_text(json.dumps(objects))
        data = {"from": "fixtures", "fixtures": ["demo"]}
        return Fixtures(SeedSpec("site_config.settings", "x:y", None, {}, 1, "sqlite", data=data))

    return made


def test_rows_are_those_of_the_fixtures(ground, load):
    source = load([{"model": "marketplace.user", "pk": 7, "fields": USER}])
    filled = source.fill(ground)
    assert filled.rows["marketplace.User"] == 1
    assert filled.as_of == "2026-05-06T07:08:09+00:00"
    assert filled.remarks == ("rows from the fixtures demo",)
    before = source.inputs()
    load([])
    assert source.inputs() != before


def test_a_fixture_that_does_not_fit_is_an_error_in_one_line(ground, load):
    with pytest.raises(SubjectError, match=r"data.fixtures: manage.py loaddata: DeserializationError: .*demo.json"):
        load([{"model": "marketplace.gone", "pk": 7, "fields": {}}]).fill(ground)
