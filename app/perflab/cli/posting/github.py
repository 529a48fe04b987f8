"""Pull requests of GitHub: which one an event is about, its comments, and the artefact that its workflow left.

In a workflow that runs after another one (`workflow_run`), nothing of the pull request is trusted but what GitHub itself says of
it. The number comes from the open pull requests of the branch and revision in the event, never from the artefact: for a fork, the
event has none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perflab.cli.posting.api import Api
from perflab.cli.posting.artifact import ARTIFACT, MAX_ARCHIVE, changes_of
from perflab.cli.posting.post import Comment
from perflab.errors import InputError, PostError
from perflab.report.comment.changes import Changes

# The account that GITHUB_TOKEN belongs to.
OWN_LOGIN = "github-actions[bot]"
MAX_EVENT = 32 * 1024 * 1024


@dataclass(frozen=True)
class Event:
    """What started the workflow: the event's content, and the repository as `owner/name`."""

    repository: str
    content: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path, repository: str) -> Event:
        """Return the event that GitHub wrote to a file.

        Args:
            path: The file, that of GITHUB_EVENT_PATH.
            repository: The repository, GITHUB_REPOSITORY.

        Raises:
            InputError: The file or the repository's name cannot be read.
        """
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository) or set(repository.split("/")) & {".", ".."}:
            raise InputError(f"{repository!r} is no repository", hint="set GITHUB_REPOSITORY to owner/name")
        try:
            content = json.loads(path.read_bytes()[:MAX_EVENT])
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(
                f"cannot read the event in {path}", hint="give --event, or set GITHUB_EVENT_PATH"
            ) from error
        if not isinstance(content, dict):
            raise InputError(f"{path} holds no event", hint="give --event, or set GITHUB_EVENT_PATH")
        return cls(repository, content)

    @property
    def workflow_run(self) -> Mapping[str, Any] | None:
        """The workflow that ended, where the event is about one."""
        run = self.content.get("workflow_run")
        return run if isinstance(run, dict) else None

    @property
    def link(self) -> str | None:
        """The page of the workflow that measured; None where the event does not say."""
        link = (self.workflow_run or {}).get("html_url")
        return link if isinstance(link, str) else None


@dataclass(frozen=True)
class PullRequest:
    """The comments of one pull request."""

    api: Api
    repository: str
    number: int
    own_login: str = OWN_LOGIN

    def comments(self) -> Iterator[Comment]:
        """Yield the comments, the oldest first; a request for each hundred."""
        for item in self.api.pages(f"/repos/{self.repository}/issues/{self.number}/comments"):
            login = (item.get("user") or {}).get("login")
            yield Comment(_int(item.get("id")), str(item.get("body") or ""), login == self.own_login)

    def create(self, body: str) -> str:
        """Add a comment, and return its address."""
        return _address(
            self.api.json("POST", f"/repos/{self.repository}/issues/{self.number}/comments", {"body": body})
        )

    def edit(self, number: int, body: str) -> str:
        """Replace the text of a comment, and return its address."""
        return _address(self.api.json("PATCH", f"/repos/{self.repository}/issues/comments/{number}", {"body": body}))


def api_of(address: str, token: str) -> Api:
    """Return the API of GitHub.

    Args:
        address: Its address, GITHUB_API_URL.
        token: The token, GITHUB_TOKEN.
    """
    headers = {
        "Accept": "application/vnd.github+json",
        "Authorization": f"Bearer {token}",
        "X-GitHub-Api-Version": "2022-11-28",
        "User-Agent": "perflab",
    }
    return Api(address.rstrip("/"), headers)


def number_of(api: Api, event: Event) -> int:
    """Return the number of the pull request that an event is about. One request where a workflow ended, else none.

    Args:
        api: The API.
        event: The event.

    Raises:
        InputError: The event is about no pull request.
        PostError: The branch has moved on, or the pull request is closed.
    """
    run = event.workflow_run
    if run is None:
        number = (event.content.get("pull_request") or {}).get("number")
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            raise InputError(
                "the event is about no pull request", hint="comment in a workflow on pull_request or workflow_run"
            )
        return number
    if run.get("event") != "pull_request":
        raise InputError("the workflow that ended was not started by a pull request")
    head, source = str(run.get("head_sha") or ""), run.get("head_repository") or {}
    owner = str((source.get("owner") or {}).get("login") or "")
    branch = str(run.get("head_branch") or "")
    for each in api.pages(f"/repos/{event.repository}/pulls", state="open", head=f"{owner}:{branch}"):
        there = each.get("head") or {}
        is_same = (there.get("repo") or {}).get("full_name") == source.get("full_name") and there.get("ref") == branch
        if head and is_same and there.get("sha") == head:
            return _int(each.get("number"))
    raise PostError(
        f"no open pull request is at revision {head[:12]}", hint="a newer run will comment, or it is closed"
    )


def measured_by(api: Api, event: Event) -> Changes:
    """Return what the workflow that ended says it measured, from its artefact. Two requests, and a download.

    Args:
        api: The API.
        event: The event.

    Raises:
        InputError: The event is about no workflow, or the artefact is not what perflab writes.
        PostError: There is no artefact.
    """
    if event.workflow_run is None:
        raise InputError(
            "no run is given, and the event has no workflow whose artefact to read", hint="give RUN or --from FILE"
        )
    run = _int(event.workflow_run.get("id"))
    artifacts = [
        each
        for each in api.pages(f"/repos/{event.repository}/actions/runs/{run}/artifacts", "artifacts", name=ARTIFACT)
        if each.get("name") == ARTIFACT and not each.get("expired")
    ]
    if not artifacts:
        raise PostError(f"the workflow run {run} left no artefact {ARTIFACT}", hint="it failed before it had measured")
    newest = max(_int(each.get("id")) for each in artifacts)
    return changes_of(api.download(f"/repos/{event.repository}/actions/artifacts/{newest}/zip", MAX_ARCHIVE))


def _int(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise PostError("GitHub responded with something that has no number")


def _address(response: object) -> str:
    return str(response.get("html_url") or "a comment") if isinstance(response, dict) else "a comment"
