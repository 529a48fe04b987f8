"""What changed, as text."""

from __future__ import annotations

from perflab.worker.budget.difference import difference
from perflab.worker.budget.entries import Entry


def entry(queries: str, **sql: str) -> Entry:
    return Entry({"default": queries}, sql)


def test_more_comes_first_with_the_lines_that_sent_it() -> None:
    text = difference("list", entry("3", a="2", b="1"), entry("5", a="1", c="4"), {"c": list("wxyz"), "a": ["v"]})
    assert text == "list: 3 queries pinned, 5 sent\n+ 4 x c  (w, x, y and 1 more)\n- 1 x a\n- 1 x b"


def test_a_formula_changes_in_its_parts() -> None:
    before, after = entry("2", a="2"), entry("1 + 2*rows", a="1 + 2*rows")
    assert difference("list", before, after, {}) == ("list: 2 queries pinned, 1 + 2*rows sent\n+ 2*rows x a\n- 1 x a")


def test_a_query_on_no_line_is_shown_as_it_was_and_is() -> None:
    text = difference("list", entry("1 + rows", a="0/1/1"), entry("2", a="2"), {})
    assert text == "list: 1 + rows queries pinned, 2 sent\n+ 2 x a\n- 0/1/1 x a"


def test_one_query_and_aliases() -> None:
    after = Entry({"default": "1", "archive": "2"}, {})
    assert difference("list", entry("1"), after, {}) == "list: 1 query pinned, 2 (archive) and 1 (default) sent"
