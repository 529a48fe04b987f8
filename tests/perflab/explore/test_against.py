"""A run against the one before it, or against one by its name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from perflab.errors import InputError
from perflab.explore import Run, load
from perflab.explore.against import compare
from perflab.run.writer import write_json
from tests.perflab import saved_run
from tests.perflab.synthetic import make_run

EARLIER, LATER = "20261122-101500", "20261123-101500"


@pytest.fixture
def alone(run: Run, tmp_path: Path) -> Run:
    directory = tmp_path / "reports" / "marketplace" / LATER
    shutil.copytree(run.directory, directory)
    return load(directory)


def beside(run: Run, run_id: str, **changes: object) -> Path:
    """A copy of a run, with another name and what else is different about it."""
    directory = run.directory.parent / run_id
    shutil.copytree(run.directory, directory)
    write_json(directory / "run.json", {**run.meta, "run_id": run_id, **changes})
    return directory


def test_a_run_alone_says_so(alone: Run) -> None:
    comparison = compare(alone)
    assert (
        "There is no earlier complete run of marketplace with the profile smoke to compare with 20261123-101500."
        in repr(comparison)
    )
    assert "profile smoke" in comparison._repr_html_()


def test_the_run_before_is_found_and_shown_as_a(alone: Run) -> None:
    beside(alone, EARLIER)
    beside(alone, "20261124-101500")
    comparison = compare(alone)
    assert f"- A: {EARLIER}" in repr(comparison) and f"- B: {LATER}" in repr(comparison)
    assert f"A: {EARLIER}" in comparison._repr_html_() and "<html" not in comparison._repr_html_()


@pytest.mark.parametrize(
    "changes",
    [{"status": "failed"}, {"parameters": {"profile": "default"}}, {"schema": 0}, {"scenario_name": "bakery"}],
)
def test_a_run_that_is_not_like_this_one_is_passed_over(alone: Run, changes: dict[str, object]) -> None:
    beside(alone, EARLIER, **changes)
    assert "no earlier complete run of" in repr(compare(alone))


def test_what_is_no_run_is_passed_over(alone: Run) -> None:
    broken = alone.directory.parent / "20261121-101500"
    broken.mkdir()
    (broken / "run.json").write_text("[")
    (alone.directory.parent / "2.html").write_text("")
    assert "no earlier complete run of" in repr(compare(alone))


def test_another_is_given_by_its_name_or_as_a_run(alone: Run) -> None:
    directory = beside(alone, "20261124-101500")
    for other in ("20261124-101500", str(directory), load(directory)):
        assert "- A: 20261124-101500" in repr(compare(alone, other))
    with pytest.raises(InputError, match="no run 'nobody'"):
        compare(alone, "nobody")


def test_a_run_is_not_compared_with_itself(alone: Run) -> None:
    with pytest.raises(InputError, match="compared with itself"):
        compare(alone, LATER)


def test_runs_that_are_not_alike_are_shown_without_a_change(alone: Run) -> None:
    other = beside(alone, EARLIER, parameters={"profile": "smoke", "seed": 7})
    assert "no change between them is computed: seed" in repr(compare(alone, str(other)))


def test_a_run_that_is_nowhere_on_disk_is_alone() -> None:
    assert "no earlier complete run of" in repr(compare(make_run(saved_run.SMALL)))
