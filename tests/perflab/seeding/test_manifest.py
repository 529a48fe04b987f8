"""A manifest says what was seeded, and is believed only if it is about the same inputs."""

from __future__ import annotations

import pytest

from perflab.errors import ServerError
from perflab.seeding import manifest
from perflab.seeding.manifest import SeededData, from_manifest

INPUTS = {"seed": 1, "data": {"rows": {"users": 3}}}


@pytest.fixture
def data(tmp_path):
    return SeededData(
        "abc", tmp_path / "pg", "perflab_template_base", {"m.User": 3, "m.Job": 4}, 1000, 2.0, 3.5, INPUTS, True
    )


def test_it_comes_back(data, tmp_path):
    manifest.write(tmp_path, data)
    seeded = from_manifest(manifest.read(tmp_path), INPUTS, tmp_path / "pg")
    assert seeded is not None
    assert seeded.manifest() == data.manifest()
    assert seeded.row_count == 7
    assert not seeded.seeded_now
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_other_inputs_are_not_it(data):
    assert from_manifest(data.manifest(), INPUTS | {"seed": 2}, None) is None


@pytest.mark.parametrize("written", [None, [], {}, "", {"inputs": INPUTS}, {"inputs": INPUTS, "key": "a", "rows": 3}])
def test_what_is_no_manifest(written):
    assert from_manifest(written, INPUTS, None) is None


def test_none_that_can_be_read(tmp_path):
    assert manifest.read(tmp_path) is None
    (tmp_path / "manifest.json").write_text('{"half')
    assert manifest.read(tmp_path) is None


def test_no_room_is_one_line(data, tmp_path):
    with pytest.raises(ServerError, match=r"cannot write the manifest"):
        manifest.write(tmp_path / "nowhere", data)
