"""The record of an index."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from perflab.run.indexes import Index

INDEX = Index(
    "by_total", "shop_order", "shop.Order", "meta", ("total", "id"), ("total int8_ops", "id int8_ops"),
    include=("day",), predicate="total > 0", bytes=8192,
)  # fmt: skip


def test_an_index_is_the_same_after_it_was_saved() -> None:
    assert Index.of(json.loads(json.dumps(INDEX.as_dict()))) == INDEX


def test_keys_of_another_version_are_ignored_and_missing_ones_are_unknown() -> None:
    saved = {**INDEX.as_dict(), "of_tomorrow": 1}
    del saved["bytes"]
    assert Index.of(saved) == replace(INDEX, bytes=None)


@pytest.mark.parametrize(
    ("changes", "needed"),
    [({}, False), ({"unique": True}, True), ({"kind": "constraint"}, True), ({"kind": "foreign_key"}, False)],
)
def test_the_schema_needs_constraints_and_unique_indexes(changes: dict[str, object], needed: bool) -> None:
    assert Index.of({**INDEX.as_dict(), **changes}).needed is needed


@pytest.mark.parametrize(
    ("rows", "pages", "too_small"),
    [(200, 3, True), (0, 0, True), (200, 8, False), (100_000, 800, False), (None, None, False)],
)
def test_an_index_of_a_small_table_would_not_be_chosen(rows: int | None, pages: int | None, too_small: bool) -> None:
    assert replace(INDEX, table_rows=rows, table_pages=pages).is_too_small is too_small
