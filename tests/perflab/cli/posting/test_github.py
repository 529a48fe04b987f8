"""Pull requests of GitHub: the number comes from the event and from GitHub, never from the artefact."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from perflab.cli.posting.github import Event, PullRequest, api_of, measured_by, number_of
from perflab.cli.posting.post import post
from perflab.errors import InputError, PostError
from tests.perflab.cli.posting.fake_forge import Comments, Response, Sent, Server, serving
from tests.perflab.cli.posting.test_artifact import CONTENT, MADE, archive

REPOSITORY = "o/r"
LIST, EDIT = "/repos/o/r/issues/7/comments", "/repos/o/r/issues/comments"
BODY = "<!-- perflab:shop -->\n**x**\n"
HEAD = "a" * 40
# As GitHub sends it for a pull request from a fork, in which `pull_requests` is empty.
RUN: dict[str, Any] = {
    "id": 99, "event": "pull_request", "head_sha": HEAD, "head_branch": "fast & `id`", "html_url": "https://github.example/run/99",
    "head_repository": {"full_name": "fork/r", "owner": {"login": "fork"}}, "pull_requests": [],
}  # fmt: skip
PULL = {"number": 7, "head": {"sha": HEAD, "ref": "fast & `id`", "repo": {"full_name": "fork/r"}}}
Serve = Callable[[Callable[[Sent], Response]], Server]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    contexts = []

    def start(respond: Callable[[Sent], Response]) -> Server:
        contexts.append(serving(respond))
        return contexts[-1].__enter__()

    yield start
    for context in contexts:
        context.__exit__(None, None, None)


def test_a_comment_is_created_and_then_edited(serve: Serve) -> None:
    comments = Comments(LIST, EDIT)
    comments.add("hello", user={"login": "octo"})
    comments.add(BODY, user={"login": "octo"})  # a stranger who took the marker
    server = serve(comments)
    place = PullRequest(api_of(server.address + "/", "secret"), REPOSITORY, 7)

    assert post(place, BODY, changed=True) == "posted https://github.example/c/3"
    assert post(place, BODY.replace("x", "y"), changed=False) == "edited https://github.example/c/3"
    assert [row["body"] for row in comments.rows] == ["hello", BODY, BODY.replace("x", "y")]
    assert server.methods() == ["GET", "POST", "GET", "PATCH"]
    headers = server.sent[0].headers
    assert (headers["Authorization"], headers["Accept"]) == ("Bearer secret", "application/vnd.github+json")


def test_an_earlier_comment_is_found_on_a_later_page(serve: Serve) -> None:
    comments = Comments(LIST, EDIT)
    for number in range(230):
        comments.add(f"comment {number}", user={"login": "octo"})
    comments.add(BODY)
    server = serve(comments)
    assert post(PullRequest(api_of(server.address, "t"), REPOSITORY, 7), BODY + "more", changed=True).startswith(
        "edited"
    )
    assert [sent.query.get("page") for sent in server.sent] == ["1", "2", "3", None]


def test_a_comment_of_a_deleted_account_is_nobodys(serve: Serve) -> None:
    comments = Comments(LIST, EDIT)
    comments.add(BODY, user=None)
    server = serve(comments)
    assert post(PullRequest(api_of(server.address, "t"), REPOSITORY, 7), BODY, changed=True).startswith("posted")


def test_a_read_only_token_is_one_line(serve: Serve) -> None:
    refusal = Response(403, {"message": "Resource not accessible by integration"})
    server = serve(lambda sent: Response(200, []) if sent.method == "GET" else refusal)
    with pytest.raises(
        PostError, match="403: Resource not accessible by integration; the token may not do this"
    ) as error:
        post(PullRequest(api_of(server.address, "t"), REPOSITORY, 7), BODY, changed=True)
    assert "\n" not in str(error.value)


def written(folder: Path, content: Any) -> Path:
    path = folder / "event.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def event_of(folder: Path, content: Any) -> Event:
    return Event.read(written(folder, content), REPOSITORY)


def test_a_pull_requests_own_event_has_its_number(tmp_path: Path) -> None:
    event = event_of(tmp_path, {"pull_request": {"number": 7}})
    assert number_of(api_of("https://api.github.example", "t"), event) == 7
    assert event.link is None


def test_the_number_of_a_forks_pull_request_is_looked_up(tmp_path: Path, serve: Serve) -> None:
    server = serve(lambda sent: Response(200, [{**PULL, "number": 5, "head": {**PULL["head"], "sha": "b" * 40}}, PULL]))  # type: ignore[dict-item]
    event = event_of(tmp_path, {"workflow_run": RUN})
    assert number_of(api_of(server.address, "t"), event) == 7
    assert (server.sent[0].path, server.sent[0].query["head"]) == ("/repos/o/r/pulls", "fork:fast & `id`")
    assert event.link == "https://github.example/run/99"


@pytest.mark.parametrize(
    "pulls",
    [
        [],
        [{**PULL, "head": {"sha": "b" * 40, "ref": "fast & `id`", "repo": {"full_name": "fork/r"}}}],  # has moved on
        [{**PULL, "head": {"sha": HEAD, "ref": "fast & `id`", "repo": {"full_name": "o/r"}}}],
        [{**PULL, "head": {"sha": HEAD, "ref": "other", "repo": {"full_name": "fork/r"}}}],
        [{**PULL, "head": {"sha": HEAD, "ref": "fast & `id`", "repo": None}}],
        [{"number": 7}],
    ],
)
def test_no_other_pull_request_is_commented_on(tmp_path: Path, serve: Serve, pulls: list[Any]) -> None:
    server = serve(lambda sent: Response(200, pulls))
    with pytest.raises(PostError, match="no open pull request is at revision aaaaaaaaaaaa"):
        number_of(api_of(server.address, "t"), event_of(tmp_path, {"workflow_run": RUN}))


@pytest.mark.parametrize(
    "content",
    [{}, {"push": 1}, {"pull_request": {"number": "7"}}, {"pull_request": {"number": True}}, {"pull_request": None},
     {"workflow_run": {**RUN, "event": "push"}}],
)  # fmt: skip
def test_an_event_about_no_pull_request_is_one_line(tmp_path: Path, content: Any) -> None:
    with pytest.raises(InputError):
        number_of(api_of("https://api.github.example", "t"), event_of(tmp_path, content))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"[" * 100_000, b"\xff"])
def test_what_is_no_event_is_one_line(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InputError, match="event"):
        event_of(tmp_path, content)
    with pytest.raises(InputError, match="cannot read the event"):
        Event.read(tmp_path / "nowhere.json", REPOSITORY)


@pytest.mark.parametrize("repository", ["", "o", "o/r/x", "../r", "o/..", "o/r?x", "o/r\n", "a b/c"])
def test_a_repository_is_a_name(tmp_path: Path, repository: str) -> None:
    with pytest.raises(InputError, match="is no repository"):
        Event.read(written(tmp_path, {}), repository)


def with_artifacts(
    *artifacts: dict[str, Any], content: bytes = archive(("comment.json", CONTENT))
) -> Callable[[Sent], Response]:
    def respond(sent: Sent) -> Response:
        if sent.path == "/repos/o/r/actions/runs/99/artifacts":
            return Response(200, {"total_count": len(artifacts), "artifacts": artifacts})
        return Response(200, content) if sent.path == "/repos/o/r/actions/artifacts/12/zip" else Response(404, {})

    return respond


def test_what_was_measured_is_read_from_the_newest_artefact(tmp_path: Path, serve: Serve) -> None:
    names = ({"id": 3, "name": "perflab-comment", "expired": True}, {"id": 90, "name": "perflab-run"},
             {"id": 11, "name": "perflab-comment"}, {"id": 12, "name": "perflab-comment"})  # fmt: skip
    server = serve(with_artifacts(*names))
    assert measured_by(api_of(server.address, "t"), event_of(tmp_path, {"workflow_run": RUN})) == MADE
    assert server.sent[0].query["name"] == "perflab-comment"


def test_without_an_artefact_there_is_nothing_to_say(tmp_path: Path, serve: Serve) -> None:
    server = serve(with_artifacts({"id": 12, "name": "perflab-comment", "expired": True}))
    with pytest.raises(PostError, match="left no artefact perflab-comment"):
        measured_by(api_of(server.address, "t"), event_of(tmp_path, {"workflow_run": RUN}))
    with pytest.raises(InputError, match="no workflow whose artefact"):
        measured_by(api_of(server.address, "t"), event_of(tmp_path, {"pull_request": {"number": 7}}))
