"""Readers and writers at once: whoever asks after a write was answered sees it, or a later one."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

from django.db import connections

from marketplace.caching import counters
from tests.marketplace.world import World, call

WRITES = 60
READERS = 3


def test_nobody_sees_what_was_before_an_acknowledged_write(committed_world: World) -> None:
    """The writer numbers its writes and says aloud how far it has come. A reader takes that number before it asks."""
    world = committed_world
    writer = world.client
    answered, done, stale = [0], Event(), list[tuple[str, int, int]]()
    # One endpoint of the writer's own, and lists of others in which the writer's headline stands.
    places = {
        f"/get-profile/{writer.pk}": lambda body: body,
        f"/ratings/reviewer_{writer.pk}/": lambda body: body["items"][0]["reviewer"],
        f"/jobs/{world.jobs[0].pk}": lambda body: body["client"],
    }

    def write() -> None:
        try:
            for number in range(1, WRITES + 1):
                response = call("PATCH", "/update-profile", writer, {"headline": str(number)})
                assert response.status_code == 200
                answered[0] = number
                for _ in range(
                    2
                ):  # the second one finds what the first one, or a reader, kept: something that may grow stale
                    call("GET", f"/get-profile/{writer.pk}", world.other_client)
        finally:
            done.set()
            connections.close_all()

    def read() -> None:
        try:
            while not done.is_set():
                for url, card in places.items():
                    at_least = answered[0]
                    number_shown = int(card(call("GET", url, world.other_client).json())["headline"])
                    if number_shown < at_least:
                        stale.append((url, at_least, number_shown))
        finally:
            connections.close_all()

    call("PATCH", "/update-profile", writer, {"headline": "0"})
    with ThreadPoolExecutor(READERS + 1) as pool:
        for future in [pool.submit(write), *(pool.submit(read) for _ in range(READERS))]:
            future.result()
    assert stale == []
    assert answered == [WRITES]
    assert counters.read("profile").hits  # there was something to be stale
