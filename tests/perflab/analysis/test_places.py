"""Where a query comes from, in words."""

from __future__ import annotations

from perflab.analysis.places import is_of_the_project, place, shortened, where

PACKAGE = "third-party code: wagtail/models/pages.py:120 get_parent"


def test_third_party_code_is_told_as_such() -> None:
    assert place("shop/cards.py:9 card") == " (at shop/cards.py:9 card)"
    assert place(PACKAGE) == f" (in {PACKAGE})"
    assert place(f"shop/views.py:3 Orders, by {PACKAGE}") == f" (at shop/views.py:3 Orders, by {PACKAGE})"
    assert (where("shop/cards.py:9 card"), where(PACKAGE)) == ("at shop/cards.py:9 card", f"in {PACKAGE}")
    assert where(None) == place(None) == place(float("nan")) == ""


def test_only_a_line_of_the_projects_code_says_enough_by_itself() -> None:
    assert is_of_the_project("shop/cards.py:9 card")
    for source in (PACKAGE, f"shop/views.py:3 Orders, by {PACKAGE}", "shop/page.html:3", None):
        assert not is_of_the_project(source)


def test_sql_fits_on_a_line() -> None:
    assert shortened('SELECT "a" FROM "t"') == "SELECT a FROM t"
    columns = ", ".join(f'"column{n}"' for n in range(20))
    assert shortened(f'SELECT {columns} FROM "t" WHERE "a" = ?') == "SELECT … FROM t WHERE a = ?"
    assert shortened("SELECT " + "x" * 200, 20) == "SELECT xxxxxxxxxxxx…"
