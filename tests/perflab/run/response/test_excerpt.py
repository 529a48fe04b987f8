"""A difference as it is shown: the place, with context."""

from __future__ import annotations

from perflab.run.response import Difference, differences, shown
from perflab.run.response.excerpt import MAX_SHOWN
from tests.perflab.run.response.pages import form


def test_of_a_page_the_place_that_differs_is_shown_with_context() -> None:
    (difference,) = differences(form(name="x" * 5000), form(name="x" * 5000, seen=4))
    (place,) = shown(difference)
    assert place.pointer.endswith("<p>seen’") and place.kind == "value"
    assert "<p>seen 3 times</p>" in place.expected and "<p>seen 4 times</p>" in place.got
    assert len(place.expected) < 200 and place.expected.startswith("…") and place.expected.endswith("…")


def test_every_place_of_a_page_is_shown() -> None:
    (difference,) = differences(form(), form(name="Item 2", seen=4))
    assert len(list(shown(difference))) == 2


def test_a_long_place_is_cut() -> None:
    (place,) = shown(Difference("/body", "value", "short text", "y" * 9999))
    assert len(place.got) < MAX_SHOWN + 200


def test_a_short_value_is_shown_as_it_is() -> None:
    assert list(shown(Difference("/body/name", "value", "Ann", "Bob"))) == [
        Difference("/body/name", "value", "Ann", "Bob")
    ]


def test_of_many_rows_the_first_ones_are_shown() -> None:
    (place,) = shown(Difference("/body", "rows", [{"text": "x" * 999}] * 30, [1]))
    assert len(place.expected) == 11 and place.expected[-1] == "and 20 more" and place.got == [1]


def test_another_order_of_words_is_an_order() -> None:
    (place,) = shown(Difference("/body", "value", "Tags: a, b", "Tags: b, a"))
    assert place.kind == "order"
