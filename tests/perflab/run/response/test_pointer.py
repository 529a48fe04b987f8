"""Pointers, and the fields that they are in."""

from __future__ import annotations

import pytest

from perflab.run.response.pointer import covers, escaped, field_of, in_text, unescaped


def test_a_field_is_the_same_for_each_element_and_each_rows_key() -> None:
    assert field_of("/body/r/0/at") == "/body/r/*/at"
    assert field_of("/body/by/0b0e8a2c-6a3a-4b0f-9d6e-1f2d3c4b5a69/at") == "/body/by/*/at"
    assert unescaped(escaped("a/b~c")) == "a/b~c"


def test_a_place_in_a_text_is_named_by_the_words_before_it() -> None:
    assert in_text("/body", "item 17:\n  seen at ") == "/body after ‘item #: seen at’"
    assert field_of(in_text("/body/3/html", "<p>7/8 ")) == "/body/*/html after ‘<p>#/#’"


@pytest.mark.parametrize(
    ("field", "pointer", "is_covered"),
    [
        ("/body/r/*/at", "/body/r/12/at", True),
        ("/body/r", "/body/r/12/at", True),
        ("/body/r", "/body/rest", False),
        ("/body", "/body after ‘seen at’", True),
        ("/body after ‘item #: seen at’", "/body after ‘seen at’", True),
        ("/body after ‘seen at’", "/body after ‘item #: seen at’", True),
        ("/body after ‘seen at’", "/body after ‘rendered in’", False),
        ("/body after ‘seen at’", "/body", False),
        ("/body/html after ‘seen at’", "/body after ‘seen at’", False),
    ],
)
def test_a_mask_covers_its_field_and_the_places_that_are_named_alike(
    field: str, pointer: str, is_covered: bool
) -> None:
    assert covers(field, pointer) is is_covered
