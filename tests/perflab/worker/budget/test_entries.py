"""The file of pinned entries: stable, and safe against other processes and any text."""

from __future__ import annotations

import stat
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perflab.errors import InputError
from perflab.worker.budget.entries import Entry, change, file_of, read, text_of
from perflab.worker.budget.shapes import printable

ENTRY = Entry({"default": "2 + rows"}, {"SELECT ... FROM b": "rows", "SELECT ... FROM a": "2"})
TEXT = st.text().map(printable).filter(bool)


def test_the_text(tmp_path: Path) -> None:
    file = file_of(tmp_path / "test_books.py")
    change(file, {"list": ENTRY, "detail": Entry({"default": "1", "archive": "2"}, {})})
    assert file.name == "test_books.budget.toml"
    assert file.read_text().partition("\n\n")[2] == (
        '["detail"]\nqueries = {"archive" = 2, "default" = 1}\nsql = []\n\n'
        '["list"]\nqueries = "2 + rows"\nsql = [\n    "2 x SELECT ... FROM a",\n    "rows x SELECT ... FROM b",\n]\n'
    )
    assert read(file)["list"] == ENTRY
    assert stat.S_IMODE(file.stat().st_mode) & stat.S_IRUSR


@settings(max_examples=40)
@given(
    st.dictionaries(
        TEXT,
        st.builds(lambda n, sql: Entry({"default": str(n)}, dict.fromkeys(sql, "1")), st.integers(0), st.lists(TEXT)),
    )
)
def test_any_printable_text_is_read_as_it_was_written(entries: dict[str, Entry]) -> None:
    data = tomllib.loads(text_of(entries))
    assert {name: entry["queries"] for name, entry in data.items()} == {
        name: int(entry.queries["default"]) for name, entry in entries.items()
    }
    assert all(sorted(f"1 x {sql}" for sql in entries[name].sql) == sorted(data[name]["sql"]) for name in entries)


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "x.budget.toml"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: change(file, {f"entry {n}": ENTRY}), range(40)))
    assert len(read(file)) == 40
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_a_file_without_entries_goes(tmp_path: Path) -> None:
    file = tmp_path / "x.budget.toml"
    change(file, {"a": ENTRY})
    change(file, {}, ["a"])
    assert not file.exists()
    assert read(file) == {}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("<<<<<<< HEAD", "not TOML"),
        ("a = 1", "the entry 'a' is malformed"),
        ("[a]", "the entry 'a' is malformed"),
        ("[a]\nqueries = 1.5", "the entry 'a' is malformed"),
        ("[a]\nqueries = true", "the entry 'a' is malformed"),
        ("[a]\nqueries = 1\nsql = 'x'", "the entry 'a' is malformed"),
        ("[a]\nqueries = 1\nsql = ['x']", "the entry 'a' is malformed"),
        ("[a]\nqueries = 1\nsql = [1]", "the entry 'a' is malformed"),
        ('["a\\u001b\\n"]\nqueries = []', "is malformed"),
        ("a = " + "[" * 5000, "not TOML"),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, text: str, what: str) -> None:
    file = tmp_path / "x.budget.toml"
    file.write_text(text)
    with pytest.raises(InputError, match=what) as caught:
        read(file)
    assert str(caught.value).isprintable()


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    file = tmp_path / "x.budget.toml"
    file.write_bytes(b"\xff\x00")
    with pytest.raises(InputError, match="not TOML"):
        read(file)


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot write"):
        change(tmp_path / "gone" / "x.budget.toml", {"a": ENTRY})
