"""Whether a user's own content is returned to anyone: a request in nobody's name, and two in other users' names.

Only endpoints that users request of themselves are looked at: the key of the caller stands in the path. The bodies have to be
equal: a page that shows who is logged in differs by that, and is not recognised.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from perflab.experiment.checks.client import CheckClient, Shown, request_of, same_content, succeeded
from perflab.experiment.observe.pages import is_empty
from perflab.run.response import Document
from perflab.scenario.placeholders import placeholders
from perflab.scenario.traffic import Endpoint
from perflab.workload.steps import Step

OPEN_TO_ANYONE = "open_to_anyone"
# Headers that name no caller.
IMPERSONAL = frozenset(
    {"accept", "accept-encoding", "accept-language", "content-type", "user-agent", "x-requested-with"}
)
# How many users are looked at until there are three with contents of their own.
MAX_USERS = 8


def open_to_anyone(client: CheckClient) -> Iterator[Shown]:
    """Yield, for each endpoint that users request of themselves, whether others get the same.

    A cell shows it if nobody in particular gets a user's content, or if both of two other users do.

    Args:
        client: Makes the requests.
    """
    for endpoint in client.reads:
        if not client.has_time:
            return
        if not _is_own(endpoint):
            continue
        owners = _owners(client, endpoint)
        if len(owners) < 3:
            continue
        owner, *others = owners
        shown = Shown(OPEN_TO_ANYONE, endpoint.name, request_of(owner))
        for cell in client.cells(shown):
            own, *others_own, nobody, second, third = client.send(
                cell, client.again(owner), *(client.again(step) for step in others),
                client.again(owner, user=None), *(client.again(owner, user=step.user) for step in others),
            )  # fmt: skip
            if not succeeded(own) or any(same_content(own, other) for other in others_own):
                continue  # what is the same for all is nobody's own
            users = same_content(own, second) and same_content(own, third)
            anyone = same_content(own, nobody)
            shown.note(cell, anyone or users, anyone=anyone, users=users, other=str(others[0].user))
        yield shown


def _is_own(endpoint: Endpoint) -> bool:
    """Return whether the caller stands in the path, and nothing but the login says who that is."""
    named = endpoint.as_ is not None and endpoint.as_ in placeholders(endpoint.path)
    return named and {name.lower() for name in endpoint.headers} <= IMPERSONAL


def _owners(client: CheckClient, endpoint: Endpoint) -> list[Step]:
    """Return the requests of up to three users of themselves, to which the baseline returns something, and not all the same."""
    owners: list[Step] = []
    contents: list[Document] = []
    for row in range(MAX_USERS):
        step = client.step(endpoint, client.traffic.drawer.picked(endpoint, row, row + 1, 0))
        if any(step.user == other.user for other in owners):
            continue
        (document,) = client.send(client.baseline, step)
        if document is None or not succeeded(document) or _says_nothing(document["body"]) or is_empty(document):
            continue
        if any(same_content(document, other) for other in contents):
            continue
        owners.append(step)
        contents.append(document)
        if len(owners) == 3:
            break
    return owners


def _says_nothing(body: Any) -> bool:
    return body in ("", None, {}, [])
