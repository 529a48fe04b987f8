"""Posting: a comment is created once and then edited in place; where nothing changed and none is there, nothing is posted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment that is there: its number, its text, and whether the account that posts wrote it."""

    number: int
    body: str
    is_own: bool


class Forge(Protocol):
    """Where comments of one pull request are kept."""

    def comments(self) -> Iterable[Comment]:
        """Return the comments, the oldest first."""

    def create(self, body: str) -> str:
        """Add a comment, and return its address."""

    def edit(self, number: int, body: str) -> str:
        """Replace the text of a comment, and return its address."""


def post(forge: Forge, body: str, *, changed: bool) -> str:
    """Post a comment, and return what was done, in a line.

    Somebody else's comment is never edited, whatever marker it begins with.

    Args:
        forge: Where to post.
        body: The comment; its first line is its marker.
        changed: Whether anything changed; if not, an earlier comment is edited and none is created.

    Raises:
        PostError: The forge refuses, or does not respond.
    """
    earlier = next((each for each in forge.comments() if each.is_own and _marker(each.body) == _marker(body)), None)
    if earlier is not None:
        if earlier.body.splitlines() == body.splitlines():
            return "the comment is up to date"
        return f"edited {forge.edit(earlier.number, body)}"
    if not changed:
        return "nothing changed, and there is no earlier comment: nothing was posted"
    return f"posted {forge.create(body)}"


def _marker(body: str) -> str:
    return next(iter(body.splitlines()), "").strip()
