"""The headers that are compared."""

from __future__ import annotations

import pytest

from perflab.run.response.headers import compared_headers, cookies_of

JSON = [("Content-Type", "application/json")]


@pytest.mark.parametrize(
    "header",
    [
        ("X-Request-Id", "7"), ("Cache-Control", "max-age=60"), ("Vary", "Cookie"), ("Location", "/other"), ("ETag", '"abc"'),
        ("X-Total-Count", "12"), ("Content-Language", "de"), ("Set-Cookie", "session=1"), ("Link", "</2>; rel=next"),
    ],
)  # fmt: skip
def test_every_header_is_compared(header: tuple[str, str]) -> None:
    assert compared_headers([*JSON, header]) != compared_headers(JSON)


@pytest.mark.parametrize("name", ["Age", "Date", "Server", "Content-Length", "Content-Encoding"])
def test_when_and_how_it_was_sent_is_not_compared(name: str) -> None:
    assert compared_headers([*JSON, (name, "x")]) == compared_headers(JSON)


def test_a_header_that_comes_twice_has_both_values() -> None:
    assert compared_headers([("Vary", "Cookie"), ("vary", "Accept")]) == {"vary": "Cookie, Accept"}


def test_a_cookie_is_compared_with_its_attributes_whatever_their_order() -> None:
    first = compared_headers([("Set-Cookie", "a=1; Path=/; HttpOnly"), ("Set-Cookie", "b=2; Secure")])
    assert first == compared_headers([("set-cookie", "b=2; secure"), ("set-cookie", "a=1; HttpOnly; Path=/")])
    assert first["set-cookie"] == {
        "a": {"value": "1", "path": "/", "httponly": True},
        "b": {"value": "2", "secure": True},
    }
    assert first != compared_headers([("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Secure")])
    assert first != compared_headers([("Set-Cookie", "a=1; Path=/; HttpOnly"), ("Set-Cookie", "b=3; Secure")])


def test_cookies_that_no_parser_accepts_are_kept() -> None:
    assert cookies_of(["a=1; Path=/x", "a=2; Path=/y", "b[0]=x=y; Expires=Mon, 20 Oct 2025 10:00:00 GMT", "alone"]) == {
        "a": {"value": "1", "path": "/x"},
        "a #2": {"value": "2", "path": "/y"},
        "b[0]": {"value": "x=y", "expires": "Mon, 20 Oct 2025 10:00:00 GMT"},
        "alone": {"value": ""},
    }


def test_a_time_that_max_age_overrides_is_not_compared() -> None:
    expires = ("Expires", "Mon, 20 Oct 2025 10:00:00 GMT")
    assert "expires" in compared_headers([expires])
    assert "expires" not in compared_headers([expires, ("Cache-Control", "public, max-age=600")])
    assert cookies_of(["a=1; expires=Mon, 20 Oct 2025 10:00:00 GMT; Max-Age=60"]) == {
        "a": {"value": "1", "max-age": "60"}
    }
