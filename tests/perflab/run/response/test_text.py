"""Where two texts differ: by the words around each place."""

from __future__ import annotations

import pytest

from perflab.run.response.text import MAX_PLACES, sorted_text, text_places

PAGE = '<html>\n<body><h1>{name}</h1><input name="csrf" value="{token}"><p>seen {n} times</p></body></html>'


def page(name: str = "Item 1", token: str = "aB3dE5", n: int = 3) -> str:
    return PAGE.format(name=name, token=token, n=n)


def test_a_place_is_what_differs_and_the_words_around_it() -> None:
    (place,) = text_places(page(), page(n=4))
    assert place.before.endswith("<p>seen ") and (place.expected, place.got, place.after) == ("3", "4", " times<")
    assert place.context[0].endswith("<p>seen ") and place.context[1].startswith(" times</p>")


def test_what_stands_before_a_place_names_one_place_of_the_text() -> None:
    left, right = ("<b>x</b><i>x</i>" * 2 + f"<b>{n}</b>" for n in (1, 2))
    (place,) = text_places(left, right)
    assert left.count(place.before) == 1


def test_every_place_of_a_line_is_one_of_its_own() -> None:
    places = text_places(page(), page(token="Zz9yY8", n=4))
    assert [(place.expected, place.got) for place in places] == [("aB3dE5", "Zz9yY8"), ("3", "4")]
    assert places[0].after == '"'


def test_half_a_token_is_no_place() -> None:
    (place,) = text_places("value=abc-1x2-xyz end", "value=abc-9y8-xyz end")
    assert (place.expected, place.got) == ("1x2", "9y8"), "what is between separators is a word of its own"
    (place,) = text_places("t: a1b2c3 .", "t: a1x2c9 .")
    assert (place.expected, place.got) == ("a1b2c3", "a1x2c9"), "equal letters inside it are chance"


def test_lines_that_come_or_go_are_one_place() -> None:
    (place,) = text_places("a\nb\nc\n", "a\nnew\nlines\nb\nc\n")
    assert (place.expected, place.got) == ("", "new\nlines\n")
    (place,) = text_places("b\n", "a\nb\n")
    assert place.before and place.after


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("<ul><li>a</li><li>b</li><li>c</li></ul>", "<ul><li>c</li><li>a</li><li>b</li></ul>"),
        ("Tags: a, b, c.", "Tags: c, b, a."),
        ("a\nb\nc\n", "c\nb\na\n"),
    ],
)
def test_the_same_words_in_another_order_are_one_place(left: str, right: str) -> None:
    (place,) = text_places(left, right)
    assert place.is_order
    assert sorted_text(place.expected) == sorted_text(place.got)


def test_a_list_whose_ends_agree_by_chance_is_one_place_as_a_whole() -> None:
    lists = ("\n".join(f"<li>{x}</li>" for x in order) for order in ("abcd", "acbd"))
    left, right = (f"<ul>\n{elements}\n</ul>\n<p>end</p>" for elements in lists)
    (place,) = text_places(left, right)
    assert place.expected.count("<li>") == 4 and "end" not in place.expected


def test_very_many_places_are_one() -> None:
    left, right = ("".join(f"<i>{name}{n}</i><b>same</b>" for n in range(3 * MAX_PLACES)) for name in "ab")
    assert len(text_places(left, right)) == 1
    assert text_places(left, left) == []


def test_an_order_and_another_place_are_two() -> None:
    pages = (
        "".join(f"<li>{x}</li>" for x in order) + f"<p>took {n} ms</p>" for order, n in (("abcdef", 7), ("fbdcea", 8))
    )
    order, place = text_places(*pages)
    assert order.is_order and order.expected.count("<li>") == 6
    assert (place.is_order, place.expected, place.got) == (False, "7", "8")


def test_a_number_is_a_place_as_a_whole() -> None:
    (place,) = text_places("took 0.487 ms", "took 0.512 ms")
    assert (place.expected, place.got) == ("0.487", "0.512")
