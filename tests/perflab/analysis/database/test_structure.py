"""Which indexes repeat each other, and which nothing used."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from perflab.analysis.database.structure import Overlap, overlaps, serves, unused
from perflab.run.indexes import Index


def index(name: str, *key: str, **more: Any) -> Index:
    terms = more.pop("terms", key)
    return Index(**{"name": name, "table": "t", "model": "app.T", "kind": "meta", "key": key, "terms": terms, **more})


PK = index("t_pkey", "id", kind="constraint", unique=True)
TRIPLE = index("triple", "a", "b", "c", kind="constraint", unique=True)
A, B, AB, A_AGAIN = index("a", "a"), index("b", "b"), index("ab", "a", "b"), index("a_again", "a")
FOREIGN = index("fk", "b", kind="foreign_key")


def test_of_two_that_do_the_same_one_stays() -> None:
    assert overlaps([A, A_AGAIN, B]) == {"a_again": Overlap("duplicate", "a")}
    assert overlaps([A_AGAIN, A, B]) == {"a_again": Overlap("duplicate", "a")}, "in whatever order they come"


def test_what_a_constraint_or_foreign_key_needs_stays() -> None:
    assert overlaps([B, FOREIGN]) == {"b": Overlap("duplicate", "fk")}
    same = index("again", "a", "b", "c")
    assert overlaps([TRIPLE, same]) == {"again": Overlap("duplicate", "triple")}
    unique = index("u", "a", unique=True)
    assert overlaps([unique, TRIPLE]) == {}, "a unique index says something that the longer one does not"


def test_the_beginning_of_another_is_covered_by_the_shortest_that_stays() -> None:
    assert overlaps([A, AB, TRIPLE]) == {"a": Overlap("covered", "triple"), "ab": Overlap("covered", "triple")}
    assert overlaps([A, AB]) == {"a": Overlap("covered", "ab")}
    assert overlaps([B, AB]) == {}, "the second column is no beginning"


def test_only_candidates_are_superfluous_and_what_stays_may_stand_in() -> None:
    assert overlaps([B, FOREIGN], ["fk"]) == {"fk": Overlap("duplicate", "b")}
    assert overlaps([B, FOREIGN], []) == {}
    assert overlaps([PK, A], ["t_pkey", "no-such"]) == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"table": "u"}, {"method": "gin"}, {"predicate": "(x > 1)"}, {"terms": ("a|desc",)}, {"terms": ("a|pattern_ops",)},
        {"include": ("z",)},
    ],
)  # fmt: skip
def test_what_looks_alike_and_is_not(changes: dict[str, Any]) -> None:
    assert not serves(A, index("other", "a", **changes))


def test_an_index_of_another_method_has_to_be_of_the_whole_key() -> None:
    assert not serves(index("gin2", "a", "b", method="gin"), index("gin1", "a", method="gin"))
    assert serves(index("gin2", "a", method="gin"), index("gin1", "a", method="gin"))


def test_columns_that_are_carried_along_have_to_be_there() -> None:
    carrying = index("carrying", "a", include=("b",))
    assert serves(AB, carrying) and serves(carrying, A) and not serves(A, carrying)


def test_unused_is_what_was_never_scanned() -> None:
    assert unused([A, B, PK], ["a", "b", "t_pkey"], {}, {"a": 0, "b": 3, "t_pkey": 0}) == ["a"]
    assert unused([A], ["a"], {}, {}) == [], "what is unknown is not unused"
    assert unused([A], ["no-such"], {}, {"no-such": 0}) == []


def test_an_index_of_a_table_too_small_for_one_is_not_unused() -> None:
    small, large = replace(A, table_rows=200, table_pages=3), replace(B, table_rows=200_000, table_pages=3_000)
    assert unused([small, large], ["a", "b"], {}, {"a": 0, "b": 0}) == ["b"]


def test_an_index_that_stands_in_for_a_used_one_is_used() -> None:
    repeated = overlaps([A, AB], ["a", "ab"])
    assert unused([A, AB], ["a", "ab"], repeated, {"a": 5, "ab": 0}) == []
    assert unused([A, AB], ["a", "ab"], repeated, {"a": 0, "ab": 0}) == ["ab"]


def test_an_index_comes_back_from_json() -> None:
    first = index("x", "a", "b", include=("c",), bytes=8192)
    assert Index.of({**json.loads(json.dumps(first.as_dict())), "unknown": 1}) == first
