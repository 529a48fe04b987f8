"""What the text of a pull request expects: where a line counts, and what is wrong with one that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from perflab.cli.revisions.expecting import expected_in
from perflab.errors import InputError


def of(folder: Path, text: str | bytes) -> dict[str, list[str]]:
    path = folder / "text.md"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return expected_in(path)


@pytest.mark.parametrize(
    "line",
    [
        "expect: {slower: [export]}", "  expect: {slower: export}  ", "Expect: {'slower': ['export']}",
        "- `expect: {slower: [export]}`", "> perflab expect: {slower: [export]}", "expect: {slower: [export]}\r",
    ],
)  # fmt: skip
def test_a_line_of_its_own_counts(tmp_path: Path, line: str) -> None:
    assert of(tmp_path, f"Exports have more columns now.\n\n{line}\nThanks!") == {"slower": ["export"]}


def test_lines_add_up(tmp_path: Path) -> None:
    text = "expect: {slower: [a], changed_responses: [b]}\nexpect: {slower: c}"
    assert of(tmp_path, text) == {"slower": ["a", "c"], "changed_responses": ["b"]}


@pytest.mark.parametrize(
    "text", ["", "We expect: {slower: [a]}", "I expect: it works", "expect:\n  slower: [a]", b"\xff\xfe\x00 expect"]
)
def test_other_text_is_only_text(tmp_path: Path, text: str | bytes) -> None:
    assert of(tmp_path, text) == {}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("expect: {slower: [}", r"text\.md:2"),
        ("expect: {slower: [1]}", "slower is not a list of endpoints"),
        ("expect: {slower: {a: b}}", "slower is not a list of endpoints"),
        ("expect: {slower}", "slower is not a list of endpoints"),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        of(tmp_path, f"\n{line}")
    assert "text.md:2" in str(caught.value) and "expect: {slower: [export]}" in str(caught.value)


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        expected_in(tmp_path)
