"""What varies between two runs of one system, and that under its masks nothing of it does."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest

from perflab.run.response import Document, Mask, digest, document, varying
from tests.perflab.run.response.pages import HTML, JSON, form, listed, rows

Make = Callable[[], Document]


def masks_of(first: Document, other: Document) -> list[Mask]:
    return [place.mask for place in varying(first, other)]


@pytest.mark.parametrize(
    "make",
    [
        lambda: form(token=secrets.token_hex(32)),
        lambda: form(token=secrets.token_hex(32), seen=secrets.randbelow(10**6)),
        lambda: document(200, JSON, b'{"at": "%s", "n": 1}' % secrets.token_hex(16).encode()),
        lambda: document(200, [*JSON, ("X-Request-Id", secrets.token_hex(8))], b"{}"),
        lambda: document(200, [*JSON, ("Set-Cookie", f"sid={secrets.token_hex(16)}; Path=/")], b"{}"),
        lambda: document(200, HTML, secrets.token_bytes(40)),
        lambda: document(200, HTML, secrets.token_hex(4000).encode()),
        lambda: document(200, HTML, b"\n".join(secrets.token_hex(4).encode() for _ in range(1 + secrets.randbelow(300)))),
        lambda: rows(*secrets.SystemRandom().sample(range(10), 10)),
        lambda: rows(*secrets.SystemRandom().sample(range(1000), 1 + secrets.randbelow(9))),
        lambda: listed(*secrets.SystemRandom().sample("abcdefgh", 8)),
        lambda: document(200, [*JSON, *([("X-Odd", "1")] if secrets.randbelow(2) else [])], b"{}"),
    ],
    ids=[
        "token", "token and number", "field", "header", "cookie", "binary", "long", "lines", "order", "rows", "text order",
        "a header that comes and goes",
    ],
)  # fmt: skip
def test_under_the_masks_of_what_varies_two_responses_are_the_same(make: Make) -> None:
    for _ in range(5):
        first, other = make(), make()
        masks = masks_of(first, other)
        assert digest(first, masks) == digest(other, masks)


def test_a_token_in_a_page_is_masked_and_the_rest_of_the_page_is_compared() -> None:
    (place,) = varying(form(token=secrets.token_hex(32)), form(token=secrets.token_hex(32)))
    assert (place.mask.field, place.kind) == ("/body", "token")
    again, other = form(token=secrets.token_hex(32)), form(token=secrets.token_hex(32), seen=4)
    assert digest(again, [place.mask]) != digest(other, [place.mask])
    elsewhere = [form(name="Item 2", token=secrets.token_hex(32)) for _ in range(2)]
    assert len({digest(page, [place.mask]) for page in elsewhere}) == 1, "on any page with that form"


def test_an_order_is_masked_and_the_rows_are_compared() -> None:
    masks = masks_of(rows(1, 2, 3), rows(3, 2, 1))
    assert masks == [Mask("/body/results", "order")]
    assert digest(rows(2, 1, 3), masks) == digest(rows(1, 2, 3), masks) != digest(rows(1, 2, 4), masks)
    masks = masks_of(listed("a", "b", "c"), listed("c", "b", "a"))
    assert (
        digest(listed("b", "c", "a"), masks) == digest(listed("a", "b", "c"), masks) != digest(listed("a", "b"), masks)
    )


def test_rows_with_keys_of_their_own_lose_their_keys_only() -> None:
    first, other = (
        document(200, JSON, b'{"results": [{"id": "%s", "n": 1}, {"id": 2, "n": 2}]}' % secrets.token_hex(16).encode())
        for _ in range(2)
    )
    assert masks_of(first, other) == [Mask("/body/results/*/id")]


def test_other_statuses_are_masked_by_nothing() -> None:
    assert varying(document(200, JSON, b"{}"), document(404, JSON, b'{"a": 1}')) == []


def test_what_is_masked_already_is_not_named_again() -> None:
    pair: list[Any] = [form(token=secrets.token_hex(32)) for _ in range(2)]
    assert varying(pair[0], pair[1], masks_of(pair[0], pair[1])) == []
