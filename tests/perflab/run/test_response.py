"""Answers as they are compared: what counts, what is noise, and in what two of them differ."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.run.response import (
    ABSENT,
    IGNORED,
    Difference,
    differences,
    digest,
    document,
    field_of,
    volatile_kind,
    without_fields,
)

JSON = [("Content-Type", "application/json; charset=utf-8")]


def of(body: bytes, headers: list[tuple[str, str]] = JSON, status: int = 200) -> str:
    return digest(document(status, headers, body))


def places(expected: Any, got: Any) -> list[tuple[str, str]]:
    return [(difference.pointer, difference.kind) for difference in differences(expected, got)]


def test_json_is_compared_by_what_it_says_and_anything_else_as_it_is() -> None:
    assert of(b'{"a": 1, "b": [1, 2]}') == of(b'{"b":[1,2],"a":1}')
    assert of(b'{"a": 1}') != of(b'{"a": 2}')
    assert of(b'{"a": [1, 2]}') != of(b'{"a": [2, 1]}'), "the order of a list is part of the answer"
    assert of(b'{"a": 1}') != of(b'{"a": "1"}')
    assert of(b"{}", status=200) != of(b"{}", status=201)
    plain = [("content-type", "text/html")]
    assert of(b'{"a": 1, "b": 2}', plain) != of(b'{"b": 2, "a": 1}', plain)
    assert of(b"not json") == of(b"not json") != of(b"not json ")
    assert of(b"\xff\x00", plain) == of(b"\xff\x00", plain) != of(b"\xff\x01", plain)


def test_numbers_are_compared_exactly() -> None:
    assert of(b'{"amount": 1.10}') == of(b'{"amount": 1.1}'), "the same number"
    assert of(b'{"id": %d}' % 2**64) != of(b'{"id": %d}' % (2**64 + 1))


@pytest.mark.parametrize(
    ("headers", "same"),
    [
        ([("X-Request-Id", "7")], True),
        ([("Date", "Mon, 20 Oct 2025 10:00:00 GMT")], True),
        ([("Cache-Control", "max-age=60")], False),
        ([("Vary", "Cookie")], False),
        ([("Location", "/other")], False),
        ([("ETag", '"abc"')], False),
        ([("Set-Cookie", "session=1")], False),
    ],
)
def test_only_some_headers_count(headers: list[tuple[str, str]], same: bool) -> None:
    assert (of(b"{}") == of(b"{}", [*JSON, *headers])) is same


def test_of_cookies_only_the_names_count() -> None:
    first = [*JSON, ("Set-Cookie", "session=abc; Path=/"), ("Set-Cookie", "theme=dark")]
    other = [*JSON, ("set-cookie", "theme=light"), ("set-cookie", "session=xyz; HttpOnly")]
    assert of(b"{}", first) == of(b"{}", other) != of(b"{}", [*JSON, ("Set-Cookie", "session=abc")])


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


@pytest.mark.parametrize(
    ("first", "other", "kind"),
    [
        ("2025-10-20T10:00:00Z", "2025-10-20T10:00:01.5+00:00", "time"),
        ("2025-10-20", "2025-10-21", "time"),
        ("0b0e8a2c-6a3a-4b0f-9d6e-1f2d3c4b5a69", "1b0e8a2c6a3a4b0f9d6e1f2d3c4b5a69", "uuid"),
        ("eyJhbGciOiJIUzI1NiJ9.e30.a1b2", "eyJhbGciOiJIUzI1NiJ9.e30.c3d4", "token"),
        ('W/"0123456789abcdef"', 'W/"fedcba9876543210"', "token"),
        ("Ann", "Bob", None),
        ("a long sentence with 2 numbers 3", "a long sentence with 4 numbers 5", None),
        ("unbelievablylongword", "incomprehensibleword", None),
        ("1234567890123456789", "1234567890123456780", None),
        ("2025-10-20", "tomorrow", None),
        (1.5, 2.5, None),
        (None, "2025-10-20", None),
    ],
)
def test_volatile_values_are_a_time_a_uuid_or_a_token_on_both_sides(first: Any, other: Any, kind: str | None) -> None:
    assert volatile_kind(first, other) == kind


def test_an_ignored_field_covers_the_field_in_every_element_and_nothing_else() -> None:
    answer: Any = {"body": {"at": 1, "r": [{"at": 1, "id": 1}, {"at": 2, "id": 2}], "by": {"7": {"at": 3}}}}
    assert field_of("/body/r/0/at") == "/body/r/*/at"
    assert without_fields(answer, ["/body/r/*/at", "/body/by/*/at", "/body/none/x"])["body"] == {
        "at": 1,
        "r": [{"at": IGNORED, "id": 1}, {"at": IGNORED, "id": 2}],
        "by": {"7": {"at": IGNORED}},
    }
    assert answer["body"]["at"] == 1 and answer["body"]["r"][0]["at"] == 1, "the original stays as it was"


def test_what_is_ignored_does_not_count_in_the_digest() -> None:
    first, other = {"status": 200, "body": {"at": "x", "n": 1}}, {"status": 200, "body": {"at": "y", "n": 1}}
    assert digest(first) != digest(other)
    assert (
        digest(first, ["/body/at"]) == digest(other, ["/body/at"]) != digest({**first, "body": {"n": 2}}, ["/body/at"])
    )
