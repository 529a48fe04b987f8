"""What a run of pytest gathers from its processes, writes and tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from perflab.worker.budget.entries import Entry, change, read
from perflab.worker.budget.session import UPDATE, WRITE, Session


def entry(queries: str) -> Entry:
    return Entry({"default": queries}, {})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "tests" / "test_a.budget.toml"
    file.parent.mkdir()
    return file


def test_what_workers_send_is_written_once(tmp_path: Path, file: Path) -> None:
    controller = Session(WRITE, tmp_path)
    for name in ("a", "b"):
        worker = Session(WRITE, tmp_path)
        worker.used[file].add(name)
        worker.reworded[file].add("c")
        worker.add(file, {name: entry("1"), "both": entry("2")})
        controller.merge(worker.dumped())
    assert list(controller.finish(set())) == [
        "tests/test_a.budget.toml: 3 entries written, to be committed: a, b and both",
        "tests/test_a.budget.toml: as many queries as pinned, but other SQL (--perflab-budget=update writes it): c",
    ]
    assert sorted(read(file)) == ["a", "b", "both"]
    assert controller.mistakes == []


def test_one_name_with_two_numbers_is_a_mistake(tmp_path: Path, file: Path) -> None:
    session = Session(WRITE, tmp_path)
    session.add(file, {"same": entry("1")})
    session.add(file, {"same": entry("2")})
    (mistake,) = session.mistakes
    assert mistake == (
        "tests/test_a.budget.toml: same: 1 queries in one test and 2 in another; give them different names"
    )


def test_an_update_removes_what_no_test_of_a_whole_file_uses(tmp_path: Path, file: Path) -> None:
    change(file, {"used": entry("1"), **{f"gone {n}": entry("1") for n in range(8)}})
    for whole, left in (set[Path](), 9), ({file}, 1):
        session = Session(UPDATE, tmp_path)
        session.used[file].add("used")
        lines = list(session.finish(whole))
        assert len(read(file)) == left
    assert lines == [
        "tests/test_a.budget.toml: 8 entries removed: gone 0, gone 1, gone 2, gone 3, gone 4, gone 5 and 2 more"
    ]


def test_a_file_that_cannot_be_read_is_told_and_left(tmp_path: Path, file: Path) -> None:
    file.write_text("<<<<<<< mine")
    session = Session(UPDATE, tmp_path)
    session.add(file, {"a": entry("1")})
    (line,) = session.finish({file})
    assert "not TOML" in line and session.mistakes == [line]
    assert file.read_text() == "<<<<<<< mine"
