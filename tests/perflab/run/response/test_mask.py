"""Masks over fields and over places in texts: what they hide, and that they hide nothing else."""

from __future__ import annotations

from typing import Any

from perflab.run.response import IGNORED, OTHERS, Mask, digest, masked
from perflab.run.response.mask import REISSUED


def body(value: Any, *masks: Mask) -> Any:
    return masked({"status": 200, "body": value}, masks)["body"]


def test_a_mask_covers_the_field_in_every_element_and_nothing_else() -> None:
    answer: Any = {"at": 1, "r": [{"at": 1, "id": 1}, {"at": 2, "id": 2}], "by": {"7": {"at": 3}}}
    assert body(answer, Mask("/body/r/*/at"), Mask("/body/by/*/at"), Mask("/body/none/x")) == {
        "at": 1,
        "r": [{"at": IGNORED, "id": 1}, {"at": IGNORED, "id": 2}],
        "by": {"7": {"at": IGNORED}},
    }
    assert answer["at"] == 1 and answer["r"][0]["at"] == 1, "the original stays as it was"


def test_what_is_masked_does_not_count_in_the_digest() -> None:
    first, other = {"status": 200, "body": {"at": "x", "n": 1}}, {"status": 200, "body": {"at": "y", "n": 1}}
    masks = [Mask("/body/at")]
    assert digest(first) != digest(other)
    assert digest(first, masks) == digest(other, masks) != digest({**first, "body": {"n": 2}}, masks)


def test_a_field_that_is_not_always_there_goes_as_a_whole() -> None:
    assert body({"a": 1, "b": 2}, Mask("/body/a", "absent")) == body({"b": 2}, Mask("/body/a", "absent")) == {"b": 2}


def test_the_order_of_a_list_is_masked_by_sorting_it_after_all_else_is_masked() -> None:
    masks = [Mask("/body/r", "order"), Mask("/body/r/*/id")]
    first, other = ({"r": [{"id": n, "x": n % 2} for n in order]} for order in ((1, 2, 3, 4), (8, 7, 6, 5)))
    assert body(first, *masks) == body(other, *masks)
    assert body(first, *masks) != body({"r": first["r"][:3]}, *masks)
    assert body("no list", Mask("/body", "order")) == "no list"


def test_a_place_in_a_text_is_masked_wherever_its_words_stand() -> None:
    mask = Mask("/body", "text", 'value="', '"')
    assert body('<i value="a"><i value="b">c', mask) == f'<i value="{IGNORED}"><i value="{IGNORED}">c'
    assert body("nothing of it", mask) == "nothing of it"
    assert body(7, mask) == 7


def test_the_ends_of_a_text_stand_around_places_like_any_words() -> None:
    assert body("17 rows", Mask("/body", "text", "\x02", " rows")) == f"{IGNORED} rows"
    assert body("took 17", Mask("/body", "text", "took ", "\x03")) == f"took {IGNORED}"


def test_the_order_of_the_words_of_a_place_is_masked() -> None:
    mask = Mask("/body", "text order", "<ul>", "</ul>")
    first, other = (f"<ul>{''.join(f'<li>{x}</li>' for x in order)}</ul><p>x" for order in ("abc", "cab"))
    assert body(first, mask) == body(other, mask) != body(first.replace("a", "d"), mask)


def test_a_masked_cookie_that_another_caller_was_given_before_says_so() -> None:
    field = Mask("/headers/set-cookie/sid/value")
    fresh = {"status": 200, "headers": {"set-cookie": {"sid": {"value": "a", "path": "/"}}}, "body": ""}
    cached = {**fresh, REISSUED: ["sid"]}
    assert masked(cached, [field])["headers"]["set-cookie"]["sid"] == {"value": OTHERS, "path": "/"}
    assert digest(fresh, [field]) != digest(cached, [field])
    assert digest(fresh) == digest(cached), "where the baseline gives all the same cookie, nothing is another's"


def test_the_name_of_a_place_tells_it_to_people() -> None:
    assert Mask("/body/at").pointer == "/body/at"
    assert Mask("/body", "text", "\x02seen 3 times at ", "<").pointer == "/body after ‘seen # times at’"
