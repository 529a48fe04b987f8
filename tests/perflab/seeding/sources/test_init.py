"""Each value of `data.from` has a source."""

import datetime as dt

import pytest

from perflab.scenario.keys.data import OWN_KEYS
from perflab.seeding.sources import SOURCES, source_of
from perflab.seeding.sources.described import Described
from perflab.seeding.spec import SeedSpec


def test_each_value_has_a_source():
    assert set(SOURCES) == set(OWN_KEYS)


@pytest.mark.parametrize(("data", "kind"), [({}, "Described"), ({"from": "models"}, "Described"), (
    {"from": "fixtures", "fixtures": ["x"]}, "Fixtures"), ({"from": "command", "command": "x"}, "Command")])  # fmt: skip
def test_a_source_is_found_by_its_name(data, kind):
    spec = SeedSpec("site_config.settings", "marketplace.seeding:archetypes", dt.date(2025, 10, 20), {}, 1, data=data)
    source = source_of(spec)
    assert type(source).__name__ == kind
    assert not source.changes_by_itself
    assert not isinstance(source, Described) or not source.by_models
