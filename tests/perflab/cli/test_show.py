"""`perflab show`: one request of a saved run in a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from perflab.cli.show import show
from perflab.errors import InputError
from tests.perflab import alone, saved_run

MARK = "\x1b[2J"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    saved_run.save(tmp_path / "reports", run_id="20261123-101500")
    (tmp_path / "scenarios").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_endpoint_that_gained_least_is_shown_in_every_cell(folder: Path) -> None:
    text = show(None)
    assert "The same request in every cell" in text
    assert all(cell in text for cell in ("all_off", "all_on (selected)", "twin", "canary"))


def test_an_endpoint_and_a_cell_by_name(folder: Path) -> None:
    text = show("profile", "20261123-101500", "all_off")
    assert "profile" in text and "all_off (selected)" in text


@pytest.mark.parametrize(("endpoint", "run"), [("nothing", "latest"), (None, "20200101-000000")])
def test_what_is_not_there_is_one_line(folder: Path, endpoint: str | None, run: str) -> None:
    with pytest.raises(InputError):
        show(endpoint, run)


def test_what_a_project_says_cannot_steer_the_terminal(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Shown:
        def request(self, *_: object) -> Shown:
            return self

        def __repr__(self) -> str:
            return f"SELECT {MARK}\nnext"

    monkeypatch.setattr("perflab.cli.show.load", lambda run: Shown())
    assert show(None) == "SELECT ?[2J\nnext"


def test_without_factors_the_only_cell_and_the_endpoint_that_takes_most_time(folder: Path) -> None:
    alone.save(folder / "reports", "20261124-101500")
    text = show(None)
    assert "reviews, as user" in text and "all_off (selected)" in text and "with the project as it is" in text
    assert "baseline" not in text and "everything o" not in text
