"""What the page says of two revisions and of the migrations between them."""

from __future__ import annotations

from typing import Any

from perflab.report.html import Section
from perflab.report.sections.revisions import build
from tests.perflab.saved_run import without_samples
from tests.perflab.summaries import summary_of

SIDES: dict[str, Any] = {
    "factor": "change",
    "off": {"label": "main", "revision": "a" * 40, "changed": False},
    "on": {"label": "<the working tree>", "revision": "b" * 40, "changed": True},
    "remarks": ["requirements.txt differs"],
    "migrations": [
        {"name": "shop.0002_price", "seconds": 0.5, "locks": {"shop_thing": "AccessExclusiveLock", "shop_a": "ShareLock"},
         "rewritten": ["shop_thing"], "queries": 3},
        {"name": "shop.0003_empty", "seconds": 0.01, "locks": {}, "rewritten": [], "queries": 0},
    ],
}  # fmt: skip


def shown(**changes: Any) -> Section:
    section = build(summary_of(), without_samples(revisions={**SIDES, **changes}))
    assert section is not None
    return section


def test_it_names_both_sides_and_what_is_to_be_known_of_them() -> None:
    text = shown().text
    assert "“Off” is main (aaaaaaaaaaaa). “On” is <the working tree> (bbbbbbbbbbbb, with changes)." in text
    assert "requirements.txt differs" in text
    assert "&lt;the working tree&gt;" in shown().markup


def test_it_says_what_each_migration_did() -> None:
    section = shown()
    assert "2 migrations brought the data forward, in 510 ms." in section.text
    assert "shop_a (writes wait); shop_thing (reads and writes wait)" in section.markup
    assert section.markup.count("none") >= 2


def test_indexes_that_only_one_revision_has_are_named() -> None:
    indexes = {"lost": ["shop_a<b>", "shop_c"], "gained": ["shop_d"]}
    text = shown(indexes=indexes).text
    assert "The old revision has 2 indexes that the other lacks: shop_a<b> and shop_c." in text
    assert "The new one has 1 index that the other lacks: shop_d." in text
    assert "lacks" not in shown(indexes={"lost": [], "gained": []}).text


def test_without_migrations_it_says_so() -> None:
    assert "Both have the same migrations." in shown(migrations=[]).text


def test_a_run_without_such_a_factor_has_no_such_section() -> None:
    assert build(summary_of(), without_samples()) is None
