"""What master and workers tell each other, as plain values: a schedule of requests, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

# The types of Locust's messages: a worker listens for schedules, a part of a schedule, and what became of it.
LISTENING, SCHEDULE, RESULTS = "perflab_listening", "perflab_schedule", "perflab_results"


class Request(NamedTuple):
    """One request of a schedule.

    Attributes:
        number: Its number in the run.
        at_s: When it is sent, in seconds from the beginning of the schedule.
        person: Whose connections it uses.
        method: The HTTP method.
        path: Path and query.
        headers: All headers.
        body: The body, or None.
    """

    number: int
    at_s: float
    person: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None


class Result(NamedTuple):
    """What became of a request; times are in seconds from the beginning of the schedule.

    Attributes:
        number: Its number in the run.
        sent_s: When the generator began with it; later than intended if the generator lagged.
        first_byte_s: When the head of the response was there; None without one.
        last_byte_s: When all of the response was there, or the request failed.
        status: The response's status; None without one.
        response_bytes: The length of its body; None without one.
        error: Why there is no response, in a word; None if there is one.
    """

    number: int
    sent_s: float
    first_byte_s: float | None
    last_byte_s: float
    status: int | None
    response_bytes: int | None
    error: str | None


def as_message(url: str, timeout_s: float, begin_in_s: float, requests: list[Request]) -> dict[str, Any]:
    """Return a schedule as Locust can send it.

    Args:
        url: Where the requests go.
        timeout_s: When a request is given up.
        begin_in_s: How long after the message's arrival the schedule begins.
        requests: The requests.
    """
    return {"url": url, "timeout_s": timeout_s, "begin_in_s": begin_in_s, "requests": [tuple(r) for r in requests]}
