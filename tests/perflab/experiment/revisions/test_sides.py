"""The project of each side, and what of it comes from the checkout."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from perflab.errors import InputError
from perflab.experiment.revisions.sides import code_factor, sides_of
from perflab.scenario.loading import load
from perflab.scenario.models import Scenario
from tests.cases.replaying import state_folder
from tests.perflab.repository import commit, write

SCENARIO = """
title: A change
subject: {settings: shop.settings, folder: %s, path: [src]}
data: {as_of: "2025-10-20"}
traffic: {rate_per_s: 1, active_users: 2, zipf: 0, endpoints: [{name: a, method: GET, path: /, weight: 1}]}
factors: [{name: change, kind: code, off: {revision: %s}}]
profiles: {smoke: {scale: 1, rounds: 2, block: 20, replay_s: 1}}
"""


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with state_folder() as made:
        monkeypatch.setenv("PERFLAB_HOME", str(made))
        yield made


@pytest.fixture
def checkout(tmp_path: Path, home: Path) -> Path:
    """A repository whose project is in a folder of it; its scenario is younger than its first commit."""
    folder = tmp_path / "checkout"
    commit(folder, {"backend/src/shop/settings.py": "old\n", "requirements.txt": "django==5.1\n"})
    commit(folder, {"backend/src/shop/settings.py": "new\n", "requirements.txt": "django==5.2\n"})
    write(folder, {"backend/lab/seeding.py": "rows\n"})
    return folder


def scenario(checkout: Path, revision: str = "HEAD~1") -> Scenario:
    file = checkout / "backend" / "lab" / "scenario.yaml"
    file.write_text(SCENARIO % (checkout / "backend", revision))
    return load(file)


def test_each_side_has_its_folders_and_the_seeding_is_the_checkouts(checkout: Path) -> None:
    with sides_of(scenario(checkout)) as (base, sides):
        assert sides is not None
        off, on = (sides.scenarios[level].subject for level in ("off", "on"))
        assert base.subject == off and base.name == "scenario"
        for subject, content in ((off, "old\n"), (on, "new\n")):
            folder = Path(str(subject.folder))
            assert folder.name == "backend" and not folder.is_relative_to(checkout)
            assert subject.path == [str(folder / "src")]
            assert (folder / "src" / "shop" / "settings.py").read_text() == content
            assert (folder / "lab" / "seeding.py").read_text() == "rows\n"
        facts = sides.facts()
        folders = [tree.folder for tree in sides.trees.values()]
    assert not any(folder.exists() for folder in folders), "they are gone afterwards"
    assert facts["factor"] == "change" and facts["off"]["label"] == "HEAD~1" and facts["on"]["changed"]
    (remark,) = facts["remarks"]
    assert remark.startswith(
        "requirements.txt differs between the revisions, and both run with the same packages: name "
    )


def test_a_revision_that_is_not_there_names_the_line(checkout: Path, home: Path) -> None:
    with (
        pytest.raises(InputError, match=r"scenario\.yaml:6: there is no revision nowhere"),
        sides_of(scenario(checkout, "nowhere")),
    ):
        pass
    assert not list((home / "run").iterdir())


def test_without_such_a_factor_nothing_is_copied() -> None:
    plain = load(Path(__file__).parents[3] / "projects" / "library" / "scenario.yaml")
    with sides_of(plain) as (same, sides):
        assert same is plain and sides is None and code_factor(plain) is None
