"""After a write, nobody gets the answer from before it: not one of all cached endpoints, whoever changed what.

The check is blunt on purpose. Before the write all cached endpoints are read, for everybody concerned;
after it all are read twice, with caching and without, and must agree. Nothing here knows which endpoint shows what.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from marketplace.caching import backend, counters
from marketplace.caching.invalidation import invalidate
from marketplace.factories import PaymentFactory, ReviewFactory
from marketplace.models import (
    Application,
    Industry,
    Job,
    Payment,
    Profile,
    Review,
    Subcategory,
    User,
)
from tests.marketplace.world import World, call

Switch = Callable[..., None]


def _reads(world: World) -> list[tuple[str, User]]:
    people = [world.client, world.other_client, *world.applicants]
    reads: list[tuple[str, User]] = []
    for user in people:
        reads += [("/get-account-details", user)]
        reads += [(f"/users/{user.pk}/payments?page={page}", user) for page in (1, 2)]
        reads += [(f"{path}{user.pk}", world.client) for path in ("/reviews/", "/get-profile/")]
        reads += [(f"/ratings/reviewer_{user.pk}/", world.client)]
    for job in world.jobs:
        reads += [(f"/jobs/{job.pk}", world.client), (f"/jobs/{job.pk}/best-applicants/", world.client)]
    return reads


def _answers(world: World) -> dict[tuple[str, Any], tuple[int, bytes]]:
    answers = {}
    for url, user in _reads(world):
        response = call("GET", url, user)
        answers[url, user.pk] = (response.status_code, response.content)
    return answers


def _assert_fresh(world: World, switch: Switch, write: Callable[[], Any], *, changes: bool = True) -> None:
    before = _answers(world)
    assert _answers(world) == before  # every one of them is kept by now
    write()
    kept = _answers(world)
    switch(queries=True, caching=False)
    truth = _answers(world)
    switch(queries=True, caching=True)
    assert {key for key in truth if kept[key] != truth[key]} == set()
    assert (truth != before) is changes, "the write should be one that shows"


def _ok(response: Any) -> Any:
    assert response.status_code in (200, 201, 204), response.content
    return response


API_WRITES: dict[str, Callable[[World], Any]] = {
    "apply": lambda w: call("POST", f"/jobs/{w.jobs[1].pk}/applications/", w.applicants[1]),
    "withdraw": lambda w: call("POST", f"/applications/{w.applications[0].pk}/withdraw/", w.applicants[0]),
    "pay": lambda w: call(
        "POST",
        "/payments/",
        w.client,
        {"job_id": w.jobs[0].pk, "recipient_id": w.applicants[2].pk, "amount": 5, "method": "cash"},
    ),
    "change payment": lambda w: call("PATCH", f"/payments/{w.payments[0].pk}/", w.client, {"status": "failed"}),
    "settle, which is a bulk update": lambda w: call("POST", "/payments/settle/", w.client),
    "review": lambda w: call(
        "POST",
        "/reviews/",
        w.other_client,
        {"reviewed_id": w.applicants[2].pk, "job_id": w.jobs[0].pk, "rating": 5, "feedback": ""},
    ),
    "delete review": lambda w: call("DELETE", f"/review/{w.reviews[0].pk}", w.client),
    "update profile": lambda w: call("PATCH", "/update-profile", w.applicants[0], {"location": "Emden"}),
    "update the client's profile": lambda w: call("PATCH", "/update-profile", w.client, {"headline": "Neu"}),
    "update the poster's profile": lambda w: call("PATCH", "/update-profile", w.other_client, {"headline": "Neu"}),
}


@pytest.mark.parametrize("name", API_WRITES)
def test_fresh_after_every_write_of_the_api(committed_world: World, switch: Switch, name: str) -> None:
    _assert_fresh(committed_world, switch, lambda: _ok(API_WRITES[name](committed_world)))


def _save(instance: Any, **changes: Any) -> None:
    """A full save, as a script or an admin page does it."""
    for field, value in changes.items():
        setattr(instance, field, value)
    instance.save()


MODEL_WRITES: dict[str, Callable[[World], Any]] = {
    "user renamed": lambda w: _save(w.applicants[0], username="renamed"),
    "user without a profile renamed": lambda w: _save(w.applicants[3], first_name="Renamed"),
    "user deleted, with all that hangs on them": lambda w: User.objects.get(pk=w.applicants[0].pk).delete(),
    "user without anything deleted": lambda w: User.objects.get(pk=w.applicants[2].pk).delete(),
    "profile saved": lambda w: _save(Profile.objects.get(user=w.applicants[1]), headline="New"),
    "profile deleted": lambda w: Profile.objects.get(user=w.client).delete(),
    "first profile": lambda w: Profile.objects.create(user=w.applicants[3], headline="First"),
    "profile of another user": lambda w: _save(Profile.objects.get(user=w.applicants[0]), user=w.applicants[3]),
    "industry renamed": lambda w: _save(Industry.objects.get(pk=w.jobs[0].industry_id), name="Space"),
    "subcategory renamed": lambda w: _save(Subcategory.objects.get(pk=w.jobs[0].subcategory_id), name="Pilot"),
    "job retitled": lambda w: _save(w.jobs[0], title="Another title"),
    "job of another client": lambda w: _save(w.jobs[1], client=w.other_client),
    "job deleted": lambda w: Job.objects.get(pk=w.jobs[1].pk).delete(),
    "application of another job": lambda w: _save(w.applications[1], job=w.jobs[1]),
    "application deleted": lambda w: Application.objects.get(pk=w.applications[1].pk).delete(),
    "payment to somebody else": lambda w: _save(w.payments[0], recipient=w.applicants[2]),
    "payment deleted": lambda w: Payment.objects.get(pk=w.payments[0].pk).delete(),
    "all payments deleted, one by one in one query": lambda w: Payment.objects.all().delete(),
    "review of somebody else": lambda w: _save(w.reviews[1], reviewed=w.applicants[2]),
    "review by somebody else": lambda w: _save(w.reviews[1], reviewer=w.other_client),
    "all reviews deleted": lambda w: Review.objects.all().delete(),
}


@pytest.mark.parametrize("name", MODEL_WRITES)
def test_fresh_after_every_save_and_delete(committed_world: World, switch: Switch, name: str) -> None:
    _assert_fresh(committed_world, switch, lambda: MODEL_WRITES[name](committed_world))


def test_a_payment_that_moves_takes_page_two_with_it(committed_world: World, switch: Switch) -> None:
    """It stood on page 1 of the one who loses it; page 2 never showed it, and shifts all the same."""
    world = committed_world
    moved = PaymentFactory.create_batch(25, job=world.jobs[0], recipient=world.applicants[0])[-1]
    _assert_fresh(world, switch, lambda: _save(Payment.objects.get(pk=moved.pk), recipient=world.applicants[1]))


def test_a_review_of_one_applicant_moves_the_others_in_the_ranking(committed_world: World) -> None:
    world = committed_world
    url = f"/jobs/{world.jobs[0].pk}/best-applicants/"
    assert call("GET", url, world.client).json()["items"][0]["id"] == world.applications[0].pk
    ReviewFactory.create_batch(3, reviewed=world.applicants[2], job__client=world.other_client, rating=5)
    assert call("GET", url, world.client).json()["items"][0]["id"] == world.applications[2].pk


def test_a_write_that_is_rolled_back_drops_nothing(committed_world: World, switch: Switch) -> None:
    url = f"/get-profile/{committed_world.client.pk}"
    call("GET", url, committed_world.client)
    try:
        with transaction.atomic():
            _save(committed_world.client, first_name="Never")
            raise KeyError
    except KeyError:
        pass
    call("GET", url, committed_world.client)
    assert counters.read("profile").hits == 1


def test_what_does_not_show_it_stays(committed_world: World) -> None:
    """Invalidation that dropped everything would be right, too, and worth little."""
    world = committed_world
    unrelated = [f"/get-profile/{world.applicants[2].pk}", f"/reviews/{world.applicants[1].pk}"]
    for url in unrelated:
        call("GET", url, world.client)
    _ok(API_WRITES["pay"](world))
    _ok(API_WRITES["delete review"](world))
    for url in unrelated:
        call("GET", url, world.client)
    assert (counters.read("profile").hits, counters.read("reviews").hits) == (1, 1)


def test_dropping_happens_after_the_commit(committed_world: World, switch: Switch) -> None:
    """Inside the transaction others still get, and may keep, the old answer; it goes with the commit."""
    url, user = f"/get-profile/{committed_world.client.pk}", committed_world.client
    old = call("GET", url, user).content
    with transaction.atomic():
        _save(user, first_name="Later")
        assert call("GET", url, user).content == old
        assert connection.in_atomic_block
    assert call("GET", url, user).json()["name"].startswith("Later")


@pytest.mark.parametrize("write", ["during the read", "twice during the read"])
def test_a_read_that_a_write_overtakes_leaves_nothing_behind(
    committed_world: World, monkeypatch: pytest.MonkeyPatch, write: str
) -> None:
    """The reader has its rows already when the write comes, and answers after it."""
    from marketplace import serializers

    world = committed_world
    url, original = f"/get-profile/{world.applicants[0].pk}", serializers.person
    places = iter(["Emden", "Jena"] if write.startswith("twice") else ["Emden"])

    def overtaken(*args: Any) -> Any:
        old = original(*args)
        for place in places:
            _ok(call("PATCH", "/update-profile", world.applicants[0], {"location": place}))
        return old

    monkeypatch.setattr(serializers, "person", overtaken)
    first = call("GET", url, world.client).json()
    second = call("GET", url, world.client).json()
    assert first["location"] not in ("Emden", "Jena")  # it began before
    assert second["location"] == ("Jena" if write.startswith("twice") else "Emden")
    assert counters.read("profile") == counters.Count(hits=0, misses=2)
    assert call("GET", url, world.client).json() == second
    assert counters.read("profile") == counters.Count(hits=1, misses=2)


def test_thousands_at_once(committed_world: World) -> None:
    """More tags, and more answers of one tag, than one call of a script takes."""
    cache, tag = backend.cache(), f"reviews:{committed_world.client.pk}"
    assert cache is not None
    keys = [f"answer:made-up:{n}" for n in range(10_500)]
    cache.set_many(dict.fromkeys(keys, "old"))
    backend.connection(cache).sadd(backend.tag_key(cache, tag), *keys)
    invalidate({tag, *(f"job:{n}" for n in range(10_000))})
    assert cache.get_many(keys) == {}
    assert backend.connection(cache).exists(backend.tag_key(cache, tag)) == 0
