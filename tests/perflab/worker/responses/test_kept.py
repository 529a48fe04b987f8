"""The responses of a block: digests, documents, cookies of somebody else, and that nothing ends the worker."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.run.response import Mask, digest, document, fallback
from perflab.worker.protocol import IgnoreFields
from perflab.worker.request import Response
from perflab.worker.responses import kept
from perflab.worker.responses.kept import Responses
from tests.perflab.steps import step_of

JSON = [("Content-Type", "application/json")]
TOKEN = "0123456789abcdef0123"


def cookie(value: str) -> Response:
    return Response(200, [*JSON, ("Set-Cookie", f"sid={value}; Path=/")], b"{}")


def test_a_response_is_kept_until_the_next_block() -> None:
    responses = Responses()
    value = responses.digest(step_of(number=1), Response(200, JSON, b'{"a": 1}'))
    (made, missing) = responses.documents([1, 2])
    assert made == document(200, JSON, b'{"a": 1}') and missing is None
    assert value == digest(made)
    responses.clear()
    assert responses.documents([1]) == [None]


def test_masks_hold_from_then_on() -> None:
    responses = Responses()
    responses.ignore(IgnoreFields("jobs", (Mask("/body/a"),)))
    first, other = (responses.digest(step_of(endpoint="jobs"), Response(200, JSON, b'{"a": %d}' % n)) for n in (1, 2))
    elsewhere = responses.digest(step_of(endpoint="other"), Response(200, JSON, b'{"a": 1}'))
    assert first == other != elsewhere


def test_what_raised_or_was_cut_is_not_compared() -> None:
    responses = Responses()
    assert responses.digest(step_of(), Response(None, [], b"", "raised")) is None
    assert responses.digest(step_of(endpoint="events"), Response(200, [], b"x", cut="it is endless")) is None
    assert responses.not_compared == {"events": "it is endless"}
    assert responses.documents([0]) == [None]


def test_whatever_a_project_sends_has_a_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(kept, "document", broken)
    responses = Responses()
    assert responses.digest(step_of(number=1), Response(200, JSON, b"x")) == digest(fallback(200, b"x"))
    assert responses.documents([1]) == [fallback(200, b"x")]


def test_long_bodies_are_kept_as_they_were_sent_and_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "SMALL", 10)
    monkeypatch.setattr(kept, "MAX_KEPT", 50)
    responses = Responses()
    body = b'{"text": "a long body"}'
    for number in (1, 2, 3):
        responses.digest(step_of(number=number), Response(200, JSON, body))
    first, second, third = responses.documents([1, 2, 3])
    assert first == second == document(200, JSON, body)
    assert third == fallback(200, body)


@pytest.mark.parametrize(
    ("first", "second", "is_others"), [(1, 2, True), (1, 1, False), (None, None, True), (1, None, True)]
)
def test_a_cookies_value_that_another_caller_was_given_is_marked(first: Any, second: Any, is_others: bool) -> None:
    responses = Responses()
    mask = Mask("/headers/set-cookie/sid/value")
    responses.ignore(IgnoreFields("jobs", (mask,)))
    alone = responses.digest(step_of(number=1, endpoint="jobs", user=first), cookie(TOKEN))
    again = responses.digest(step_of(number=2, endpoint="jobs", user=second), cookie(TOKEN))
    new = responses.digest(step_of(number=3, endpoint="jobs", user=second), cookie(TOKEN[::-1]))
    assert (again != alone) is is_others and new == alone


def test_a_short_value_may_be_anybodys() -> None:
    responses = Responses()
    for user in (1, 2):
        responses.digest(step_of(number=user, user=user), cookie("dark"))
    assert "reissued" not in (responses.documents([2])[0] or {})
