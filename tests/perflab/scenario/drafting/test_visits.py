"""What the same clients request next: reading a write back, and thinking."""

from __future__ import annotations

import pytest

from perflab.scenario.drafting import visits as module
from perflab.scenario.drafting.visits import MIN_CLIENTS, Visits

AFFECTS = {"pay": frozenset({"payments"}), "post": frozenset({"posts", "post"})}


def follow(*requests: tuple[int, str, float], took_s: float = 0.0, failed: frozenset[int] = frozenset()) -> Visits:
    visits = Visits(AFFECTS)
    for number, (client, endpoint, at_s) in enumerate(requests):
        visits.add(client, endpoint, at_s, took_s, number not in failed)
    return visits


def test_a_read_back_is_the_same_clients_and_at_once() -> None:
    visits = follow(
        *((client, "pay", 0.0) for client in range(40)),
        *((client, "payments", 3.0) for client in range(10)),  # at once
        *((client, "payments", 60.0) for client in range(10, 20)),  # later
        *((client, "posts", 3.0) for client in range(20, 30)),  # what another write affects
        *((client, "payments", 4.0) for client in range(100, 140)),  # others
        *((client, "payments", 5.0) for client in range(10)),  # once is enough
    )
    assert visits.share_of("pay") == 10 / 40 and visits.writes == {"pay": 40}
    assert visits.share_of("post") is None and visits.share_of("payments") is None


def test_a_write_that_failed_is_none() -> None:
    requests = [(client, "pay", 0.0) for client in range(80)] + [(client, "payments", 1.0) for client in range(80)]
    assert follow(*requests, failed=frozenset(range(40))).share_of("pay") == 1.0
    assert follow(*requests, failed=frozenset(range(40))).writes == {"pay": 40}


def test_people_think_from_a_response_to_their_next_request() -> None:
    requests = [(client, "posts", 10.0 * n) for client in range(30) for n in range(3)]
    assert follow(*requests, took_s=2.0).think_s == 8.0
    away = [(client, "posts", 7200.0) for client in range(30)]
    assert follow(*requests, *away, took_s=2.0).think_s == 8.0, "who comes back after two hours has not been thinking"
    at_once = [(client, "posts", 20.5) for client in range(30)]
    assert follow(*requests, *at_once, took_s=2.0).think_s == 8.0, "a browser that requests two things at once neither"


def test_too_few_clients_tell_nothing() -> None:
    requests = [(n % (MIN_CLIENTS - 1), ("pay", "payments")[n % 2], float(n)) for n in range(400)]
    visits = follow(*requests)
    assert visits.think_s is None and visits.share_of("pay") is None, "a proxy may hide whom they come from"


def test_memory_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_CLIENTS", 50)
    visits = follow(*((client, "pay", float(client)) for client in range(500)), (1, "payments", 5.0))
    assert visits.writes == {"pay": 50} and visits.share_of("pay") == 1 / 50
