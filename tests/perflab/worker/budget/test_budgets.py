"""What tests of a Django project pin, and what they say when it changes: pytester runs them on SQLite."""

from __future__ import annotations

import tomllib

import pytest

from tests.perflab.worker.budget.bookshop import FILES, run, write

pytest_plugins = ["pytester"]

TESTS = """
from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.sync import async_to_sync
from shop.books.models import Author, Book, make

pytestmark = pytest.mark.django_db(databases=["default", "archive"])

THREAD = ThreadPoolExecutor(1)

@pytest.mark.django_db(transaction=True, databases=["default"])
def test_a_thread_connects():
    THREAD.submit(Book.objects.count).result()

@pytest.mark.django_db(transaction=True, databases=["default"])
def test_a_thread_that_has_a_connection(perflab_budget):
    with perflab_budget("thread"):
        THREAD.submit(Book.objects.count).result()

def test_block(perflab_budget, client):
    make(2)
    with perflab_budget("books"):
        client.get("/shelf/")
    with perflab_budget("books"):  # the content type is asked for again
        client.get("/shelf/")

@pytest.mark.django_db(transaction=True, databases=["default"])
def test_in_no_transaction(perflab_budget, client):
    with perflab_budget("joined"):
        client.get("/books/")

def test_in_a_transaction(perflab_budget, client):
    with perflab_budget("joined"):
        client.get("/books/")

@pytest.mark.parametrize("rows", [0, 3])
def test_parametrised(perflab_budget, client, rows):
    make(rows)
    with perflab_budget("books"):
        client.get("/shelf/")

def test_two_databases(perflab_budget, client):
    with perflab_budget("both"):
        client.get("/both/")

def test_async(perflab_budget, async_client):
    make(1)
    async def ask():
        with perflab_budget("later"):
            await async_client.get("/later/")
        await perflab_budget.agrowth("later", rows=lambda n: Author.objects.acreate(name="x"),
                                     request=lambda: async_client.get("/later/"))
    async_to_sync(ask)()

def test_hostile(perflab_budget, client):
    with perflab_budget('host"ile \\\\ ] = x'):
        client.get("/hostile/")

def test_growth(perflab_budget, client):
    perflab_budget.growth("books", rows=make, request=lambda: client.get("/shelf/"))
    Book.objects.all().delete()
    perflab_budget.growth("joined", rows=make, request=lambda: client.get("/books/"))

class TestOfUnittest:
    @pytest.fixture(autouse=True)
    def budget(self, perflab_budget):
        self.budget = perflab_budget

    def test_method(self, client):
        with self.budget("joined"):
            client.get("/books/")
"""
WRONG = """
import pytest
from shop.books.models import Book, make
pytestmark = pytest.mark.django_db

def test_pages(perflab_budget, client):
    perflab_budget.growth("pages", rows=make, request=lambda: client.get("/pages/"))

def test_sizes(perflab_budget, client):
    perflab_budget.growth("pages", rows=make, request=lambda: client.get("/pages/"), sizes=(1, 2))

def test_name(perflab_budget):
    with perflab_budget("a\\x1b[31m\\nb"):
        pass

def test_raises(perflab_budget):
    with perflab_budget("raises"):
        Book.objects.count()
        raise ValueError("the project's own")

def test_fails_later(perflab_budget):
    with perflab_budget("fails later"):
        Book.objects.count()
    assert False

def test_same_name(perflab_budget):
    with perflab_budget("same"):
        Book.objects.count()
    with perflab_budget("same"):
        pass
"""


def test_pinned_and_changed(pytester: pytest.Pytester) -> None:
    write(pytester.path, FILES | {"tests/test_books.py": TESTS})
    file = pytester.path / "tests" / "test_books.budget.toml"
    first = run(pytester)
    first.assert_outcomes(passed=12)
    first.stdout.fnmatch_lines(["tests/test_books.budget.toml: 11 entries written, to be committed: *"])
    text = file.read_text()
    assert not [c for c in text if not c.isprintable() and c != "\n"]
    pinned = tomllib.loads(text)
    assert {name: entry["queries"] for name, entry in pinned.items()} == {
        "books": 4, "books by rows": "1 + rows", "books[0]": 2, "books[3]": 5, "both": {"archive": 1, "default": 1},
        'host"ile \\ ] = x': 6, "joined": 1, "joined by rows": 1, "later": 2, "later by rows": 2,
            "thread": 1,
    }  # fmt: skip
    assert pinned["books by rows"]["sql"] == [
        "rows x SELECT ... FROM books_author WHERE id = ? LIMIT ?", "1 x SELECT ... FROM books_book ORDER BY title ASC",
    ]  # fmt: skip
    assert pinned["both"]["sql"] == [
        "1 x archive: SELECT COUNT(*) AS __count FROM books_author",
        "1 x default: SELECT COUNT(*) AS __count FROM books_book",
    ]

    again = run(pytester, ci=True)
    again.assert_outcomes(passed=12)
    again.stdout.no_fnmatch_line("*perflab budgets*")
    assert file.read_text() == text

    views = pytester.path / "shop" / "books" / "views.py"
    source = (
        views.read_text().replace('select_related("author")', "all()").replace('order_by("title")', 'order_by("id")')
    )
    views.write_text(source.replace("    ContentType.objects.get_for_model(Book)\n", ""))
    changed = run(pytester, "-k", "block or growth or no_transaction")
    changed.assert_outcomes(failed=2, passed=1, deselected=9)
    changed.stdout.fnmatch_lines(
        [
            "books: 4 queries pinned, 3 sent",
            "+ 1 x SELECT ... FROM books_book ORDER BY id ASC  (shop/books/views.py:8)",
            "- 1 x SELECT ... FROM books_book ORDER BY title ASC",
            "- 1 x SELECT ... FROM django_content_type WHERE *",
            "to accept it: pytest --perflab-budget=update tests/test_books.py::test_block",
            "joined by rows: 1 query pinned, 1 + rows sent",
            "+ rows x SELECT ... FROM books_author WHERE id = ? LIMIT ?  (shop/books/views.py:13)",
            "+ 1 x SELECT ... FROM books_book  (shop/books/views.py:13)",
            "- 1 x SELECT ... FROM books_book INNER JOIN *",
        ]
    )
    assert file.read_text() == text, "a run that fails writes nothing"

    updated = run(pytester, "--perflab-budget=update", "tests/test_books.py::test_growth")
    updated.assert_outcomes(passed=1)
    updated.stdout.fnmatch_lines(["*: 2 entries written, to be committed: books by rows and joined by rows"])
    now = tomllib.loads(file.read_text())
    assert now["joined by rows"]["queries"] == "1 + rows"
    assert now["books"] == pinned["books"]


def test_what_is_wrong_is_told_in_a_line_and_pins_nothing(pytester: pytest.Pytester) -> None:
    write(pytester.path, FILES | {"test_wrong.py": WRONG})
    ran = run(pytester)
    ran.assert_outcomes(failed=6)
    ran.stdout.fnmatch_lines(
        [
            "pages by rows: 3, 4 and 4 queries with 2, 3 and 5 rows are on no line a + b*rows; *",
            "  2, 3 and 3 x SELECT ... FROM books_author WHERE id = ? LIMIT ?",
            "perflab_budget: sizes are at least three rising numbers of rows, such as (2, 3, 5), not (1, 2)",
            "perflab_budget: a name is text on one line of at most 200 characters, not *",
            "*ValueError: the project's own",
            "same: 1 query pinned, 0 sent",
            "another test of this run has the same name: give one of them a name of its own",
        ]
    )
    assert not (pytester.path / "test_wrong.budget.toml").exists()
