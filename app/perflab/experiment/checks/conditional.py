"""Whether a conditional request notices a write: If-None-Match and If-Modified-Since with what the response before it had.

Only reads whose response has an ETag or a Last-Modified header are looked at, and only writes after which the same request
without a condition returns another content. The times of the two are seconds apart, as Last-Modified cannot tell less.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from perflab.experiment.checks.client import CheckClient, Shown, request_of, same_content, succeeded
from perflab.run.response import Document
from perflab.scenario.traffic import Endpoint
from perflab.workload.draw import Values
from perflab.workload.followups import followups
from perflab.workload.steps import Step

STALE_304 = "stale_304"
# The condition that repeats what a header of the response said.
CONDITIONS = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
APART_S = 5.0
NOT_MODIFIED = 304


def stale_304(client: CheckClient) -> Iterator[Shown]:
    """Yield, for each read with an ETag or Last-Modified, whether it says after a write that nothing has changed.

    Args:
        client: Makes the requests.
    """
    done: set[str] = set()  # what has been looked at, or has no such header
    for write in client.writes:
        if not client.has_time:
            return
        values = client.traffic.drawer.draw(write)
        reads: list[Step] = []
        for read, own in _reads(client, write, values):
            if read.name in done or any(read.name == step.endpoint for step in reads):
                continue
            step = client.step(read, own)
            (document,) = client.send(client.baseline, step)
            if not succeeded(document):
                continue
            if conditions(document):
                reads.append(step)
            else:
                done.add(read.name)
        if reads:
            every = [shown for shown in _of_reads(client, client.step(write, values), reads) if shown.cells]
            done.update(shown.endpoint for shown in every)
            yield from every


def conditions(document: Document | None) -> dict[str, str]:
    """Return the headers that make a request conditional on a response; {} where it has neither ETag nor Last-Modified."""
    if document is None or not succeeded(document):
        return {}
    headers: Mapping[str, object] = document["headers"]
    return {condition: str(headers[name]) for name, condition in CONDITIONS.items() if name in headers}


def _reads(client: CheckClient, write: Endpoint, values: Values) -> list[tuple[Endpoint, Values]]:
    traffic = client.traffic
    reads = followups(traffic.scenario, traffic.population, traffic.drawer, write, values)
    return [(read, own) for read, own in reads if read.method in ("GET", "HEAD") and read.expects is None]


def _of_reads(client: CheckClient, write: Step, reads: Sequence[Step]) -> list[Shown]:
    """Return what each read shows after a write."""
    every = [Shown(STALE_304, read.endpoint, request_of(read)) for read in reads]
    began_s = client.at_s
    for cell in client.cells(*every):
        client.at_s = began_s
        both = [client.send(cell, client.again(read), client.again(read)) for read in reads]
        client.wait(APART_S)
        (written,) = client.send(cell, client.again(write))
        client.wait(APART_S)
        for shown, read, (before, again) in zip(every, reads, both, strict=True):
            condition = conditions(again)
            conditional, after = client.send(
                cell, client.again(read, headers={**read.headers, **condition}), client.again(read)
            )
            if not condition or not succeeded(written) or conditional is None:
                continue
            if not same_content(before, again) or not succeeded(after) or same_content(again, after):
                continue  # it varies by itself, or this write changes nothing in it
            is_stale = conditional["status"] == NOT_MODIFIED
            shown.note(cell, is_stale, write=write.endpoint, header=next(iter(condition)))
    return every
