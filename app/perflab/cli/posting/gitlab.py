"""Merge requests of GitLab: their notes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from perflab.cli.posting.api import Api
from perflab.cli.posting.post import Comment
from perflab.errors import InputError, PostError


@dataclass(frozen=True)
class MergeRequest:
    """The notes of one merge request: the project's number or path, and the merge request's number in it."""

    api: Api
    project: str
    number: int

    def comments(self) -> Iterator[Comment]:
        """Yield the notes, the oldest first; a request for each hundred, and one for the account."""
        for item in self.api.pages(self._notes, sort="asc", order_by="created_at"):
            author = (item.get("author") or {}).get("id")
            is_own = not item.get("system") and author == self._account
            yield Comment(int(item.get("id") or 0), str(item.get("body") or ""), is_own)

    def create(self, body: str) -> str:
        """Add a note, and return what it is called."""
        return self._name(self.api.json("POST", self._notes, {"body": body}))

    def edit(self, number: int, body: str) -> str:
        """Replace the text of a note, and return what it is called."""
        return self._name(self.api.json("PUT", f"{self._notes}/{number}", {"body": body}))

    @property
    def _notes(self) -> str:
        return f"/projects/{quote(self.project, safe='')}/merge_requests/{self.number}/notes"

    @cached_property
    def _account(self) -> int:
        """The number of the account that the token belongs to."""
        content = self.api.json("GET", "/user")
        number = content.get("id") if isinstance(content, dict) else None
        if not isinstance(number, int):
            raise PostError("GitLab does not say whose token this is", hint="use a project access token")
        return number

    def _name(self, response: object) -> str:
        note = response.get("id") if isinstance(response, dict) else None
        return f"note {note} of merge request !{self.number}"


def merge_request(address: str, token: str, job_token: str, project: str, number: str) -> MergeRequest:
    """Return the merge request that a pipeline belongs to.

    Args:
        address: The API's address, CI_API_V4_URL.
        token: A token with the scope `api`, GITLAB_TOKEN; empty to use the job's own.
        job_token: The job's token, CI_JOB_TOKEN, which many a GitLab does not let write notes.
        project: The project, CI_PROJECT_ID.
        number: The merge request's number, CI_MERGE_REQUEST_IID.

    Raises:
        InputError: The pipeline belongs to no merge request, or there is no token.
    """
    if not re.fullmatch(r"[1-9]\d{0,9}", number) or not project:
        raise InputError("the pipeline belongs to no merge request", hint="run the job on merge_request_event")
    if not token and not job_token:
        raise InputError("there is no token", hint="set GITLAB_TOKEN, a project access token with the scope `api`")
    header = {"PRIVATE-TOKEN": token} if token else {"JOB-TOKEN": job_token}
    return MergeRequest(Api(address.rstrip("/"), {**header, "User-Agent": "perflab"}), project, int(number))
