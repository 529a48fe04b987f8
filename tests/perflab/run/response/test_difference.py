"""The places where two documents differ, and how."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.run.response import ABSENT, IGNORED, OTHERS, Difference, differences


def places(expected: Any, got: Any) -> list[tuple[str, str]]:
    return [(difference.pointer, difference.kind) for difference in differences(expected, got)]


def test_a_place_is_a_json_pointer() -> None:
    expected, got = {"body": {"a/b": {"~": [{"id": 1, "x": 2}]}}}, {"body": {"a/b": {"~": [{"id": 1, "x": 3}]}}}
    assert [*differences(expected, got)] == [Difference("/body/a~1b/~0/0/x", "value", 2, 3)]


def test_what_is_absent_is_not_what_is_null() -> None:
    assert [*differences({"a": None}, {})] == [Difference("/a", "value", None, ABSENT)]
    assert [*differences({}, {"a": 1})] == [Difference("/a", "value", ABSENT, 1)]
    assert places({"a": None}, {"a": None}) == []


def test_a_status_is_distinguished_from_other_values() -> None:
    assert places({"status": 200, "body": {"status": "open"}}, {"status": 404, "body": {"status": "shut"}}) == [
        ("/status", "status"),
        ("/body/status", "value"),
    ]


@pytest.mark.parametrize(
    ("expected", "got", "expected_differences"),
    [
        ([{"id": 1}, {"id": 2}], [{"id": 2}, {"id": 1}], [("/r", "order")]),
        ([{"id": 1}, {"id": 2}], [{"id": 1}], [("/r", "rows")]),
        ([{"id": 1}], [{"id": 1}, {"id": 3}], [("/r", "rows")]),
        ([{"id": 1}, {"id": 2}], [{"id": 1}, {"id": 3}], [("/r", "rows")]),
        ([{"id": 1, "a": 1}, {"id": 2, "a": 1}], [{"id": 1, "a": 1}, {"id": 2, "a": 2}], [("/r/1/a", "value")]),
        ([{"a": 1}, {"a": 2}], [{"a": 2}, {"a": 1}], [("/r", "order")]),
        ([{"a": 1}, {"a": 2}], [{"a": 1}, {"a": 3}], [("/r/1/a", "value")]),
        ([1, 2, 2], [2, 1, 2], [("/r", "order")]),
        ([1, 2], [1, 2, 2], [("/r", "rows")]),
        ([], [], []),
        ([1], {"a": 1}, [("/r", "value")]),
        (1, True, [("/r", "value")]),
        (1, 1.0, [("/r", "value")]),
    ],
)
def test_lists_differ_in_order_in_rows_or_in_what_stands_in_them(
    expected: Any, got: Any, expected_differences: Any
) -> None:
    assert places({"r": expected}, {"r": got}) == expected_differences


@pytest.mark.parametrize(
    ("expected", "got", "kind"),
    [
        ({"items": [1, 2], "count": 12}, {"items": [1, 2], "count": 11}, "rows"),
        ({"items": [], "totalCount": 0}, {"items": [], "totalCount": 3}, "rows"),
        ({"items": [1, 2], "page_count": 1}, {"items": [1, 2], "page_count": 2}, "value"),
        ({"items": [1, 2], "count": 2}, {"items": [1, 2], "count": "2"}, "value"),
        ({"items": [1, 2], "count": 12}, {"items": [1, 2]}, "value"),
        ({"items": [1, 2], "price": 12}, {"items": [1, 2], "price": 11}, "value"),
        ({"average": 4.5, "count": 12}, {"average": 4.5, "count": 11}, "value"),
    ],
)
def test_the_count_of_a_list_beside_it_says_that_rows_are_missing_on_other_pages(
    expected: Any, got: Any, kind: str
) -> None:
    (difference,) = differences(expected, got)
    assert difference.kind == kind


def test_missing_and_extra_rows_are_named() -> None:
    difference = next(differences([{"id": 1}, {"id": 2}], [{"id": 2}, {"id": 3}]))
    assert (difference.expected, difference.got) == ([1], [3])


def test_rows_whose_keys_are_new_each_time_are_matched_by_what_else_they_hold() -> None:
    first, other = "0b0e8a2c-6a3a-4b0f-9d6e-1f2d3c4b5a69", "1b0e8a2c-6a3a-4b0f-9d6e-1f2d3c4b5a69"
    rows = [{"id": first, "name": "a"}, {"id": 2, "name": "b"}]
    assert places({"r": rows}, {"r": [{"id": other, "name": "a"}, {"id": 2, "name": "b"}]}) == [("/r/0/id", "value")]
    assert places({"r": rows}, {"r": [{"id": 2, "name": "b"}, {"id": other, "name": "a"}]}) == [("/r", "order")]
    assert places({"r": rows}, {"r": [{"id": other, "name": "c"}, {"id": 2, "name": "b"}]}) == [("/r", "rows")]


def test_a_masked_key_identifies_no_row() -> None:
    assert places([{"id": IGNORED, "n": 1}], [{"id": IGNORED, "n": 2}]) == [("/0/n", "value")]


def test_what_another_caller_was_given_is_a_leak() -> None:
    assert places({"value": IGNORED}, {"value": OTHERS}) == [("/value", "leak")]
    assert places({"value": OTHERS}, {"value": IGNORED}) == [("/value", "value")]
