"""One comment, edited in place; none where nothing changed; nobody else's."""

from __future__ import annotations

from dataclasses import dataclass, field

from perflab.cli.posting.post import Comment, post

BODY = "<!-- perflab:shop -->\nnew\n"


@dataclass
class Kept:
    """Comments in memory."""

    there: list[Comment]
    calls: list[tuple[str, int]] = field(default_factory=list)

    def comments(self) -> list[Comment]:
        return self.there

    def create(self, body: str) -> str:
        self.calls.append(("create", 0))
        return "https://x.example/1"

    def edit(self, number: int, body: str) -> str:
        self.calls.append(("edit", number))
        return "https://x.example/2"


def done(*there: Comment, changed: bool = True) -> tuple[str, list[tuple[str, int]]]:
    kept = Kept(list(there))
    return post(kept, BODY, changed=changed), kept.calls


def test_the_first_is_created() -> None:
    assert done() == ("posted https://x.example/1", [("create", 0)])
    assert done(Comment(3, "hello", is_own=True))[1] == [("create", 0)]


def test_the_next_is_edited_in_place_also_when_nothing_changed_any_more() -> None:
    there = Comment(3, "<!-- perflab:shop -->\r\nold", is_own=True)
    for changed in (True, False):
        assert done(Comment(1, "hello", is_own=False), there, changed=changed) == (
            "edited https://x.example/2",
            [("edit", 3)],
        )


def test_where_nothing_changed_and_none_is_there_it_is_silent() -> None:
    assert done(changed=False) == ("nothing changed, and there is no earlier comment: nothing was posted", [])


def test_the_same_text_is_left() -> None:
    assert done(Comment(3, BODY.replace("\n", "\r\n"), is_own=True)) == ("the comment is up to date", [])


def test_somebody_elses_comment_with_the_marker_is_never_edited() -> None:
    assert done(Comment(3, "<!-- perflab:shop -->\nmine", is_own=False))[1] == [("create", 0)]


def test_another_comments_marker_is_another_comment() -> None:
    for body in ("<!-- perflab:other -->\nx", "x\n<!-- perflab:shop -->", "", "<!-- perflab:shop --> x"):
        assert done(Comment(3, body, is_own=True))[1] == [("create", 0)]
