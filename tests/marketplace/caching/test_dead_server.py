"""A cache server that is dead, silent, or away for a while: no cache, never an error, and nothing old afterwards."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from marketplace.caching import invalidation
from tests.marketplace.world import ENDPOINTS, Endpoint, World, call


@pytest.fixture
def nobody_home() -> Iterator[str]:
    """The URL of a socket that nobody listens at."""
    with TemporaryDirectory() as folder:
        yield f"unix://{folder}/none.sock"


@pytest.fixture
def silence() -> Iterator[str]:
    """The URL of a server that takes connections and never says a word."""
    with TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as server:
        path = str(Path(folder) / "silent.sock")
        server.bind(path)
        server.listen(64)
        yield f"unix://{path}"


@pytest.fixture
def move_cache(settings: Any, cache_on: dict[str, Any]) -> Iterator[Callable[[str | None], None]]:
    """Points the cache at another server; None is back home."""

    def move(url: str | None) -> None:
        settings.CACHES = cache_on if url is None else {"default": {**cache_on["default"], "LOCATION": url}}

    yield move
    invalidation._owed.clear()


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_reads_go_on(
    world: World, endpoint: Endpoint, nobody_home: str, move_cache: Callable[[str | None], None], switch: Any
) -> None:
    switch(queries=True, caching=False)
    expected = call(endpoint.method, endpoint.url(world), endpoint.caller(world)).content
    move_cache(nobody_home)
    assert call(endpoint.method, endpoint.url(world), endpoint.caller(world)).content == expected


def test_a_silent_server_holds_nobody_up_for_good(
    world: World, silence: str, move_cache: Callable[[str | None], None]
) -> None:
    """Each attempt ends after a quarter of a second; the test's own time limit is the judge."""
    move_cache(silence)
    response = call("GET", f"/get-profile/{world.client.pk}", world.client)
    assert response.status_code == 200


@pytest.mark.parametrize("kind", ["nobody_home", "silence"])
def test_writes_go_on_and_what_they_changed_is_made_up_for(
    committed_world: World,
    kind: str,
    move_cache: Callable[[str | None], None],
    request: pytest.FixtureRequest,
) -> None:
    """The server is away during the write, and comes back with the old answers in it."""
    world, url = committed_world, f"/get-profile/{committed_world.client.pk}"
    old = call("GET", url, world.client).json()
    move_cache(request.getfixturevalue(kind))
    assert call("PATCH", "/update-profile", world.client, {"location": "Emden"}).status_code == 200
    assert call("GET", url, world.client).json()["location"] == "Emden"
    move_cache(None)
    assert call("GET", url, world.client).json() == {**old, "location": "Emden"}
    assert not invalidation._owed


def test_a_server_that_goes_away_in_the_middle(
    world: World, nobody_home: str, move_cache: Callable[[str | None], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the question and the storing of the answer: the connection is cut under the transaction."""
    from django_redis import get_redis_connection

    from marketplace import serializers

    original = serializers.person

    def cut(*args: Any) -> Any:
        server = get_redis_connection("default")
        own = server.client_id()
        for client in server.client_list():
            if client["id"] != str(own):
                server.client_kill_filter(_id=client["id"])
        return original(*args)

    monkeypatch.setattr(serializers, "person", cut)
    for _ in range(2):
        assert call("GET", f"/get-profile/{world.client.pk}", world.client).status_code == 200
