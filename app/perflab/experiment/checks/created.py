"""Whether what is created is there: a request for a row that does not exist yet, and the same one after it was created.

The number of the next row is one more than that of the row before. A third row, which nobody requested before it was created,
tells that rows of this kind can be read at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from perflab.experiment.checks.client import CheckClient, Shown, is_gone, request_of, succeeded
from perflab.run.response import Document
from perflab.scenario.endpoint_params import sources, split
from perflab.scenario.placeholders import placeholders
from perflab.scenario.traffic import Endpoint
from perflab.workload.draw import Values
from perflab.workload.steps import Step

CACHED_ABSENCE = "cached_absence"
KEYS = ("id", "pk")
# The row that tells the next number, the row that was requested too early, and the row that nobody requested.
ROWS = 3


def cached_absence(client: CheckClient) -> Iterator[Shown]:
    """Yield, for each read of rows that a write creates, whether it still does not find one that it did not find before.

    Args:
        client: Makes the requests.
    """
    for write in client.writes:
        if write.method != "POST":
            continue
        if not client.has_time:
            return
        values = client.traffic.drawer.draw(write)
        (made,) = client.send(client.baseline, client.step(write, values))
        key = created_key(made)
        if key is None:
            continue
        for read in client.reads:
            param = _key_param(read)
            if param is None or not client.has_time:
                continue
            (there,) = client.send(client.baseline, _read_of(client, write, values, read, param, key))
            if there is not None and succeeded(there) and _names(there["body"], key):
                yield _of_read(client, write, read, param)


def created_key(document: Document | None) -> int | None:
    """Return the key of the row that a write says it has created; None where it names none, or no number."""
    if document is None or not succeeded(document) or not isinstance(document["body"], Mapping):
        return None
    return next((value for name in KEYS if type(value := document["body"].get(name)) is int), None)


def _key_param(read: Endpoint) -> str | None:
    """Return the param in the path that is the key of a row, and not the caller; None where there is none, or several."""
    path = placeholders(read.path.partition("?")[0])
    keys = [name for name, source in sources(read).items() if name in path and split(source)[1] in KEYS]
    keys = [name for name in keys if name != read.as_]
    return keys[0] if len(keys) == 1 else None


def _read_of(client: CheckClient, write: Endpoint, values: Values, read: Endpoint, param: str, key: int) -> Step:
    """Return the request of the row with this key by whoever has created it."""
    filled: dict[str, Any] = {**client.traffic.drawer.picked(read, 0, 1, 0), param: key}
    if read.as_ is not None and write.as_ is not None:
        filled[read.as_] = values[write.as_]
    return client.step(read, filled)


def _names(body: Any, key: int) -> bool:
    """Return whether a body is of the row with this key: it has it, or an object in it does."""
    if not isinstance(body, Mapping):
        return False
    parts = [body, *(part for part in body.values() if isinstance(part, Mapping))]
    return any(part.get(name) == key for part in parts for name in KEYS)


def _of_read(client: CheckClient, write: Endpoint, read: Endpoint, param: str) -> Shown:
    drawn = [client.traffic.drawer.draw(write) for _ in range(ROWS)]
    shown = Shown(CACHED_ABSENCE, read.name, {})
    for cell in client.cells(shown):
        (first,) = client.send(cell, client.step(write, drawn[0]))
        key = created_key(first)
        if key is None:
            continue
        early = _read_of(client, write, drawn[1], read, param, key + 1)
        before, second, after = client.send(cell, early, client.step(write, drawn[1]), client.again(early))
        not_requested = _read_of(client, write, drawn[2], read, param, key + 2)
        third, control = client.send(cell, client.step(write, drawn[2]), not_requested)
        follow = (created_key(second), created_key(third)) == (key + 1, key + 2)
        if is_gone(before) and follow and succeeded(control):
            shown.request = shown.request or request_of(early)
            shown.note(cell, is_gone(after), write=write.name, status=after["status"] if after is not None else None)
    return shown
