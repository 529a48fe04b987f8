"""Requests to a forge: the token goes to it alone, and every failure is one line."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from perflab.cli.posting import api as apis
from perflab.cli.posting.api import Api
from perflab.errors import InputError, PostError
from tests.perflab.cli.posting.fake_forge import Response, Sent, Server, serving

TOKEN = {"Authorization": "Bearer secret"}


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def refused(call: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(PostError) as error:
        call(*arguments, **named)
    line = str(error.value)
    assert "\n" not in line and "secret" not in line and len(line) < 500
    return line


def test_json_goes_there_and_back() -> None:
    with serving(lambda sent: Response(200, {"got": sent.body, "query": sent.query})) as server:
        content = Api(server.address, TOKEN).json("POST", "/a", {"body": "é\n@x"}, q="a b")
    assert content == {"got": {"body": "é\n@x"}, "query": {"q": "a b"}}
    assert server.sent[0].headers["Authorization"] == "Bearer secret"


def test_a_list_is_read_page_by_page() -> None:
    rows = [{"id": number} for number in range(250)]

    def respond(sent: Sent) -> Response:
        start = (int(sent.query["page"]) - 1) * 100
        return Response(200, rows[start : start + 100])

    with serving(respond) as server:
        assert list(Api(server.address, TOKEN).pages("/a", sort="asc")) == rows
    assert [sent.query for sent in server.sent] == [
        {"sort": "asc", "per_page": "100", "page": str(n)} for n in (1, 2, 3)
    ]


def test_a_list_without_an_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apis, "MAX_PAGES", 3)
    with serving(lambda sent: Response(200, [{"id": 1}] * 100)) as server:
        assert len(list(Api(server.address, TOKEN).pages("/a"))) == 300
    assert len(server.sent) == 3


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "expired"), (403, "from a fork has a read-only one"), (404, "check the repository"), (429, "too many requests"),
     (422, "422: it is so"), (500, "try again later"), (503, "try again later"), (302, "302")],
)  # fmt: skip
def test_a_refusal_is_one_line(status: int, words: str) -> None:
    headers = {"Location": "http://127.0.0.1:1/"} if status == 302 else {}
    with serving(lambda sent: Response(status, {"message": "it\nis so"}, headers)) as server:
        line = refused(Api(server.address, TOKEN).json, "GET", "/a")
    assert line.startswith(f"127.0.0.1 responded to GET /a with {status}: ") and words in line
    assert len(server.sent) == 1


@pytest.mark.parametrize("content", [b"<html>\x1b[31m</html>", b"", b"[]", b"[" * 100_000, b"\xff\xfe"])
def test_a_refusal_may_say_anything(content: bytes) -> None:
    with serving(lambda sent: Response(502, content)) as server:
        assert "with 502: Bad Gateway" in refused(Api(server.address, TOKEN).json, "GET", "/a")


@pytest.mark.parametrize("content", [b"<html>", b"", b"[" * 200_000])
def test_what_is_no_json_is_one_line(content: bytes) -> None:
    with serving(lambda sent: Response(200, content)) as server:
        assert "with no JSON" in refused(Api(server.address, TOKEN).json, "GET", "/a")


@pytest.mark.parametrize("content", [{"message": "x"}, None, 3])
def test_what_is_no_list_is_one_line(content: Any) -> None:
    with serving(lambda sent: Response(200, content)) as server:
        assert "with no list" in refused(lambda: list(Api(server.address, TOKEN).pages("/a")))
        assert "with no list" in refused(lambda: list(Api(server.address, TOKEN).pages("/a", "items")))


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that takes connections and never responds."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_silence_is_one_line(silent: str) -> None:
    assert "did not respond: timed out" in refused(Api(silent, TOKEN, timeout_s=0.05).json, "GET", "/a")
    assert "did not respond: timed out" in refused(Api(silent, TOKEN, timeout_s=0.05).download, "/a", 10)


def test_nobody_there_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        assert "did not respond" in refused(Api(address, TOKEN).json, "GET", "/a")


def test_a_token_is_sent_over_tls_only() -> None:
    for address in ("http://github.example", "ftp://127.0.0.1", "file:///etc/passwd", "github.example"):
        with pytest.raises(InputError, match="is no https:// address"):
            Api(address, TOKEN)
    assert "secret" not in repr(Server("x"))


def test_a_download_may_be_elsewhere_and_the_token_does_not_go_there() -> None:
    with serving(lambda sent: Response(200, b"content")) as storage:
        target = {"Location": f"{storage.address}/blob?sig=1"}
        with serving(lambda sent: Response(302, None, target)) as server:
            assert Api(server.address, TOKEN).download("/zip", 100) == b"content"
    assert server.sent[0].headers["Authorization"] == "Bearer secret"
    assert "Authorization" not in storage.sent[0].headers


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://storage.example/x", "", "/relative"]
)
def test_a_download_is_not_fetched_from_anywhere(target: str) -> None:
    with serving(lambda sent: Response(302, None, {"Location": target})) as server:
        assert "with 302" in refused(Api(server.address, TOKEN).download, "/zip", 100)


def test_a_download_that_is_too_large_is_left() -> None:
    with serving(lambda sent: Response(200, b"x" * 101)) as server:
        assert "more than 100 bytes" in refused(Api(server.address, TOKEN).download, "/zip", 100)
    with serving(lambda sent: Response(404, {"message": "no"})) as server:
        assert "with 404" in refused(Api(server.address, TOKEN).download, "/zip", 100)
