"""What is kept, under which key, and for how long."""

from typing import Any

import pytest
from django.core.cache import cache
from django_redis import get_redis_connection

from marketplace.caching import backend, counters, responses
from tests.marketplace.world import ENDPOINTS, Endpoint, World, call

TTL_S = {endpoint.name: endpoint.ttl_s for endpoint in ENDPOINTS if endpoint.ttl_s is not None}
CACHED = [endpoint for endpoint in ENDPOINTS if endpoint.is_cached]
by_name = pytest.mark.parametrize("endpoint", CACHED, ids=lambda endpoint: endpoint.name)


def _keys(pattern: str) -> list[bytes]:
    return sorted(get_redis_connection("default").keys(cache.make_key(pattern)))


@by_name
def test_one_response_with_its_time_to_live(world: World, endpoint: Endpoint) -> None:
    for _ in range(3):
        call("GET", endpoint.url(world), endpoint.caller(world))
    (key,) = _keys("answer:*")
    assert f":answer:{endpoint.name}".encode() in key
    server = get_redis_connection("default")
    assert TTL_S[endpoint.name] - 60 < server.ttl(key) <= TTL_S[endpoint.name]
    assert counters.read(endpoint.name) == counters.Count(hits=2, misses=1)


@by_name
def test_the_sets_outlive_the_responses(world: World, endpoint: Endpoint) -> None:
    call("GET", endpoint.url(world), endpoint.caller(world))
    server = get_redis_connection("default")
    sets = _keys("tag:*")
    assert sets
    assert all(server.ttl(key) > max(TTL_S.values()) for key in sets)
    # Of what is kept only counters have no end, two of them for each endpoint.
    assert {key for key in _keys("*") if server.ttl(key) == -1} <= {*_keys("count:*"), *_keys("clock")}


@by_name
def test_a_hit_is_the_same_to_the_byte(world: World, endpoint: Endpoint) -> None:
    fresh, kept = (call("GET", endpoint.url(world), endpoint.caller(world)) for _ in range(2))
    assert (kept.content, dict(kept.headers)) == (fresh.content, dict(fresh.headers))


def test_one_key_for_every_way_to_ask_for_page_one(world: World) -> None:
    url = f"/reviews/{world.applicants[0].pk}"
    for query in ("", "?page=1", "?page=01", "?page=1&utm_source=x"):
        call("GET", url + query, world.client)
    assert len(_keys("answer:*")) == 1
    call("GET", url + "?page=2", world.client)
    assert len(_keys("answer:*")) == 2


def test_different_things_have_different_keys(world: World) -> None:
    """The same numbers at every endpoint."""
    number = world.applicants[0].pk
    paths = [f"/reviews/{number}", f"/ratings/reviewer_{number}/", f"/get-profile/{number}"]
    bodies = [[call("GET", path, world.client).content for path in paths] for _ in range(2)]
    assert bodies[0] == bodies[1]
    assert len(set(bodies[0])) == 3


def test_values_are_compressed(world: World) -> None:
    body = call("GET", f"/users/{world.client.pk}/payments", world.client).content
    (key,) = _keys("answer:*")
    stored = get_redis_connection("default").get(key)
    assert stored[:1] == b"\x78"  # zlib's header
    assert len(stored) < len(body) / 2


def _commands() -> dict[str, int]:
    stats = get_redis_connection("default").info("commandstats")
    return {name.removeprefix("cmdstat_"): values["calls"] for name, values in stats.items()}


def test_a_hit_costs_two_round_trips(world: World) -> None:
    url = f"/users/{world.client.pk}/payments"
    call("GET", url, world.client)
    before = _commands()
    call("GET", url, world.client)
    sent = {name: calls - before.get(name, 0) for name, calls in _commands().items()}
    # The answer, and its counter. (INFO is this test's own.)
    assert {name: n for name, n in sent.items() if n and name != "info"} == {"get": 1, "incrby": 1}


def test_no_cache_with_any_other_backend(world: World, settings: Any) -> None:
    for name in ("dummy.DummyCache", "locmem.LocMemCache"):
        settings.CACHES = {"default": {"BACKEND": f"django.core.cache.backends.{name}"}}
        assert backend.cache() is None
        assert call("GET", f"/get-profile/{world.client.pk}", world.client).status_code == 200
        assert counters.read("profile") == counters.Count(hits=0, misses=0)


def test_an_exception_is_not_kept_and_leaves_the_connection_usable(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from marketplace.selectors import people

    def broken(user_id: int) -> Any:
        raise KeyError(user_id)

    with monkeypatch.context() as patch:
        patch.setattr(people, "person", broken)
        with pytest.raises(KeyError):
            call("GET", f"/get-profile/{world.client.pk}", world.client)
    assert _keys("answer:*") == []
    assert call("GET", f"/get-profile/{world.client.pk}", world.client).status_code == 200
    assert len(_keys("answer:*")) == 1


def test_times_to_live_are_those_of_the_description() -> None:
    assert (responses.PROFILE_TTL_S, responses.REVIEWS_TTL_S, responses.PAYMENTS_TTL_S) == (3600, 1800, 300)
    assert responses.JOBS_TTL_S == 1800
