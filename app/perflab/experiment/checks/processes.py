"""Whether a response depends on what its process has served before: the same request in a process that has just started.

The two runs of the baseline have served the same requests, and two fresh processes none: where the first two agree, and the
other two agree on something else, what differs is the history. All four read the same data: the fresh ones use the databases,
the caches and the files of the other two.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from perflab.experiment.checks.client import CheckClient, CheckedWorker, Shown, request_of, same_content, succeeded
from perflab.experiment.responses import as_text
from perflab.run import response
from perflab.run.response import Document
from perflab.workload.steps import Step

DEPENDS_ON_HISTORY = "depends_on_history"
# How many requests of an endpoint are compared.
MAX_REQUESTS = 4
TOO_MANY = 429
# Statuses of a request whose login does not count.
NOT_LOGGED_IN = (301, 302, 303, 307, 308, 401, 403)


def depends_on_history(
    client: CheckClient, fresh: Mapping[str, CheckedWorker], steps: Sequence[Step], left_out: Collection[str] = ()
) -> Iterator[Shown]:
    """Yield, for each endpoint, whether fresh processes return something else than those that have served requests.

    Args:
        client: Makes the requests.
        fresh: A worker that has just started for each of the two runs of the baseline, which have served the same requests.
        steps: The checks of the round, whose reads are repeated.
        left_out: Endpoints whose reads write: a second request may have another response in the same process.
    """
    for endpoint, requests in requests_of(steps, left_out).items():
        if not client.has_time:
            return
        shown = Shown(DEPENDS_ON_HISTORY, endpoint, request_of(requests[0]))
        served = [client.send(cell, *map(client.again, requests)) for cell in fresh]
        new = [client.send_to(worker, *map(client.again, requests)) for worker in fresh.values()]
        later = [client.send(cell, *map(client.again, requests)) for cell in fresh]
        for number, step in enumerate(requests):
            old, others = ([documents[number] for documents in some] for some in ((*served, *later), new))
            if not _alike(old) or not _alike(others) or (first := old[0]) is None or (expected := others[0]) is None:
                continue
            if _is_of_a_login(first, expected):
                continue
            differs = not same_content(first, expected)
            if differs and not any(shown.cells.values()):
                shown.request = request_of(step)
            if differs or not shown.cells:
                detail = _difference(expected, first) if differs else {}
                for cell in fresh:
                    shown.note(cell, differs, **detail)
        yield shown


def requests_of(steps: Iterable[Step], left_out: Collection[str] = ()) -> dict[str, list[Step]]:
    """Return a few different reads of each endpoint: the last ones, which were made after writes or for several callers.

    Args:
        steps: The checks of a round.
        left_out: Endpoints of which nothing is returned.
    """
    result: dict[str, dict[tuple[object, ...], Step]] = {}
    for step in reversed(list(steps)):
        requests = result.setdefault(step.endpoint, {})
        if not step.writes and step.endpoint not in left_out and len(requests) < MAX_REQUESTS:
            requests.setdefault((step.method, step.path, step.body, step.user), step)
    return {endpoint: [*requests.values()] for endpoint, requests in result.items() if requests}


def _alike(documents: Sequence[Document | None]) -> bool:
    """Return whether all responses are the same, and none was refused because there were too many requests."""
    first = documents[0]
    is_refused = first is None or first["status"] == TOO_MANY or first["status"] >= 500
    return not is_refused and all(same_content(first, other) for other in documents[1:])


def _is_of_a_login(one: Document, other: Document) -> bool:
    """Return whether only one process takes the request for one of somebody who is logged in: its keys may differ."""
    return succeeded(one) != succeeded(other) and (one["status"] in NOT_LOGGED_IN or other["status"] in NOT_LOGGED_IN)


def _difference(expected: Document, got: Document) -> dict[str, str]:
    """Return the first place in which a response differs from that of a fresh process."""
    parts = "status" if expected["status"] != got["status"] else "body"
    first = next(response.differences(expected[parts], got[parts], f"/{parts}"))
    place = next(iter(response.shown(first)), first)
    return {"pointer": place.pointer, "expected": as_text(place.expected), "got": as_text(place.got)}
