"""Merge requests of GitLab: notes are created and edited in place as comments of GitHub are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from perflab.cli.posting.gitlab import merge_request
from perflab.cli.posting.post import post
from perflab.errors import InputError, PostError
from tests.perflab.cli.posting.fake_forge import Comments, Response, Sent, Server, serving

NOTES = "/projects/g%2Fp/merge_requests/7/notes"
BODY = "<!-- perflab:shop -->\n**x**\n"


@pytest.fixture
def notes() -> Comments:
    return Comments(NOTES, NOTES, own={"author": {"id": 4}, "system": False})


@pytest.fixture
def server(notes: Comments, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    def respond(sent: Sent) -> Response:
        if sent.path != "/user":
            return notes(sent)
        return (
            Response(200, {"id": 4})
            if "Private-Token" in sent.headers
            else Response(401, {"message": "401 Unauthorized"})
        )

    with serving(respond) as running:
        yield running


def test_a_note_is_created_and_then_edited(server: Server, notes: Comments) -> None:
    notes.add(BODY, author={"id": 9}, system=False)  # a stranger who took the marker
    notes.add(BODY, author={"id": 4}, system=True)
    place = merge_request(server.address, "secret", "", "g/p", "7")
    assert post(place, BODY, changed=True) == "posted note 3 of merge request !7"
    assert post(place, BODY + "y", changed=False) == "edited note 3 of merge request !7"
    assert [row["body"] for row in notes.rows] == [BODY, BODY, BODY + "y"]
    assert server.methods() == ["GET", "GET", "POST", "GET", "PUT"], (
        "whose token it is was looked up before the first note"
    )
    assert server.sent[0].headers["Private-Token"] == "secret"


def test_a_jobs_own_token_that_may_not_is_one_line(server: Server, notes: Comments) -> None:
    notes.add(BODY)
    with pytest.raises(PostError, match="responded to GET /user with 401"):
        post(merge_request(server.address, "", "job", "g/p", "7"), BODY, changed=True)
    assert server.sent[0].headers["Job-Token"] == "job"


def test_without_a_merge_request_or_a_token_it_is_one_line() -> None:
    for number in ("", "0", "-1", "7/../8", "x"):
        with pytest.raises(InputError, match="belongs to no merge request"):
            merge_request("https://gitlab.example/api/v4", "t", "", "1", number)
    with pytest.raises(InputError, match="belongs to no merge request"):
        merge_request("https://gitlab.example/api/v4", "t", "", "", "7")
    with pytest.raises(InputError, match="there is no token"):
        merge_request("https://gitlab.example/api/v4", "", "", "1", "7")
