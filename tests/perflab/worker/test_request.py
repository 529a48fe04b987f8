"""One request of a WSGI application: the environ it gets, when it is over, and what its answer is compared by."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.validate import validator

import pytest

from perflab.worker.request import Caller, RawResponse, Response, environ_of, error_of
from perflab.workload.steps import Step
from tests.perflab.steps import step_of

JSON = [("Content-Type", "application/json; charset=utf-8")]


def request(path: str = "/", body: str | None = None, method: str = "GET") -> Step:
    return step_of(path, body=body, method=method)


def test_path_and_query_are_distinguished_and_the_path_is_decoded() -> None:
    environ = environ_of(request("/jobs/a%20b%C3%BC/?page=2&q=%C3%BC"), {})
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/jobs/a bü/"
    assert environ["QUERY_STRING"] == "page=2&q=%C3%BC"
    assert environ_of(request("/plain"), {})["QUERY_STRING"] == ""


def test_the_host_is_that_of_the_site_unless_the_endpoint_names_one() -> None:
    environ = environ_of(request(), {}, "shop.example")
    assert (environ["HTTP_HOST"], environ["SERVER_NAME"]) == ("shop.example", "shop.example")
    assert environ_of(request(), {"Host": "api.shop.example"}, "shop.example")["HTTP_HOST"] == "api.shop.example"


def test_a_body_is_json_and_its_length_is_that_of_its_bytes() -> None:
    environ = environ_of(request(body='{"name": "Zoë"}', method="POST"), {})
    assert (environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"]) == ("application/json", "16")
    assert environ["wsgi.input"].read() == '{"name": "Zoë"}'.encode()
    without = environ_of(request(method="POST"), {})
    assert "CONTENT_TYPE" not in without and "CONTENT_LENGTH" not in without
    assert without["wsgi.input"].read() == b""


def test_headers_reach_the_application_and_may_say_another_content_type() -> None:
    environ = environ_of(
        request(body="{}"), {"Authorization": "Bearer x", "X-Request-Id": "7", "content-type": "text/plain"}
    )
    assert environ["HTTP_AUTHORIZATION"] == "Bearer x"
    assert environ["HTTP_X_REQUEST_ID"] == "7"
    assert environ["CONTENT_TYPE"] == "text/plain"
    assert "HTTP_CONTENT_TYPE" not in environ


def test_it_is_a_request_over_tls_from_this_machine() -> None:
    environ = environ_of(request(), {})
    assert (environ["wsgi.url_scheme"], environ["SERVER_PORT"], environ["HTTP_HOST"]) == ("https", "443", "localhost")


def test_the_standard_librarys_validator_has_nothing_to_say() -> None:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        environ["wsgi.errors"] = io.StringIO()
        return [b"ok"]

    assert Caller(validator(application)).call(environ_of(request("/x?y=1"), {})).body == b"ok"


class Body:
    """A body in pieces that notes when it was read and closed."""

    def __init__(self, events: list[str], fails: bool = False) -> None:
        self.events, self.fails = events, fails

    def __iter__(self) -> Iterator[bytes]:
        for piece in (b"one ", b"two"):
            self.events.append("read")
            yield piece
        if self.fails:
            raise RuntimeError("broken off")

    def close(self) -> None:
        self.events.append("closed")


def application_with(body: Iterable[bytes], status: str = "201 Created") -> Any:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response(status, JSON)
        return body

    return application


def test_a_call_ends_with_the_last_byte_and_close() -> None:
    events: list[str] = []
    caller = Caller(application_with(Body(events)))
    raw = caller.call({})
    assert events == ["read", "read", "closed"]
    assert raw == RawResponse("201 Created", JSON, b"one two")
    assert Response.of(raw) == Response(201, JSON, b"one two")


def test_a_body_that_breaks_off_is_closed_and_raises() -> None:
    events: list[str] = []
    with pytest.raises(RuntimeError, match="broken off"):
        Caller(application_with(Body(events, fails=True))).call({})
    assert events[-1] == "closed"


def test_a_call_may_be_made_again() -> None:
    answers = iter(["200 OK", "404 Not Found"])

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response(next(answers), [])
        return [b""]

    caller = Caller(application)
    first, second = caller.call({}), caller.call({})
    assert [Response.of(raw).status for raw in (first, second)] == [200, 404], (
        "a call changes nothing in the one before"
    )


@pytest.mark.parametrize(
    ("status", "error"),
    [(200, None), (302, None), (403, None), (404, None), (500, "returned 500"), (503, "returned 503")],
)
def test_only_the_servers_own_faults_are_errors(status: int, error: str | None) -> None:
    assert error_of(Response(status, [], b"")) == error


def test_an_exception_is_an_error() -> None:
    assert error_of(Response(None, [], b"", "raised RuntimeError: x")) == "raised RuntimeError: x"
