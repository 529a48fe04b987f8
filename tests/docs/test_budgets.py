"""docs/budgets.md: its test writes its file, and prints its diff when the view changes."""

from __future__ import annotations

import pytest

from tests.docs.markdown import PROJECT, Document
from tests.perflab.worker.budget.bookshop import FILES, run, write

pytest_plugins = ["pytester"]


def test_the_page_shows_what_happens(pytester: pytest.Pytester) -> None:
    test, file, diff = (block.text for block in Document(PROJECT / "docs" / "budgets.md").blocks)
    write(pytester.path, FILES | {"test_books.py": test})
    run(pytester).assert_outcomes(passed=2)
    assert (pytester.path / "test_books.budget.toml").read_text() == file
    views = pytester.path / "shop" / "books" / "views.py"
    views.write_text(views.read_text().replace('select_related("author")', "all()"))
    changed = run(pytester)
    changed.assert_outcomes(failed=2)
    assert diff in changed.stdout.str()
