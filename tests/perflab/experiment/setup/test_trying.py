"""How far a request came; real requests: perflab/cli/test_init.py."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from perflab.errors import WorkerDied
from perflab.experiment.setup.trying import LOGIN_TRIES, NO_STATIC_FILES, Tried, _Logins, _reason, _tried
from perflab.scenario.drafting.candidates import Candidate

WAY, OTHER = Candidate("/x/"), Candidate("/x/", caller="user")


@pytest.fixture(autouse=True)
def _no_login_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perflab.experiment.setup.trying.project.login_path", lambda: "/enter/")


class Workers:
    """Answers with a status for each request; None ends the worker."""

    def __init__(self, *statuses: int | None) -> None:
        self.statuses = iter(statuses)
        self.replaced = 0
        self.location: str | None = None

    @property
    def handle(self) -> Any:
        return self

    def block(self, steps: Any, timeout_s: float) -> Any:
        status = next(self.statuses)
        if status is None:
            raise WorkerDied("it took too long")
        error = "ValueError: x" if status >= 500 else None
        return SimpleNamespace(samples=[SimpleNamespace(status=status, error=error, latency_s=0.002)])

    def responses(self, steps: Any) -> list[Any]:
        return [{"headers": {"location": self.location}}]

    def replace(self) -> None:
        self.replaced += 1


def tried(workers: Workers, *ways: Candidate, rows: int = 3, logins: _Logins | None = None) -> Tried:
    steps: list[Any] = [SimpleNamespace(step=n) for n in range(rows)]
    return _tried("/x/", [(way, steps) for way in ways], workers, logins or _Logins(), 1.0)  # type: ignore[arg-type]


def test_the_first_way_that_succeeds_is_taken() -> None:
    assert tried(Workers(404, 200), WAY, OTHER) == Tried("/x/", WAY, None, 2.0)
    assert tried(Workers(404, 404, 404, 200), WAY, OTHER).candidate is OTHER


def test_another_row_is_not_tried_where_it_makes_no_difference() -> None:
    assert tried(Workers(403, 200), WAY, OTHER).candidate is OTHER
    assert tried(Workers(405, 405), WAY, OTHER).reason == "it takes no GET (405)"


def test_whoever_is_refused_is_not_asked_for_with_other_values_unless_rows_have_owners() -> None:
    other = Candidate("/x/", {"x": "shop.Other.pk"})
    assert tried(Workers(403, 200), WAY, other, OTHER).candidate is OTHER
    owners = [Candidate("/x/", {"x": source}, "owner") for source in ("shop.A.pk", "shop.B.pk")]
    assert tried(Workers(403, 200), *owners).candidate is owners[1]


def test_the_reason_is_that_of_the_way_that_came_furthest() -> None:
    assert tried(Workers(404, 404, 404, 500, 404, 404), WAY, OTHER).reason == "it fails (500): ValueError: x"


def test_a_worker_that_ends_costs_that_way_only() -> None:
    workers = Workers(None, 200)
    assert tried(workers, WAY, OTHER).candidate is OTHER
    assert workers.replaced == 1
    assert tried(Workers(None), WAY).reason == "it took too long"


class NoLogin(Workers):
    """Nobody can log in."""

    requests = 0

    def block(self, steps: Any, timeout_s: float) -> Any:
        self.requests += 1
        error = f"the login (session) of user {self.requests} raised KeyError: 'SECRET'"
        return SimpleNamespace(samples=[SimpleNamespace(status=None, error=error, latency_s=None)])


def test_a_login_that_always_fails_is_not_tried_for_every_route() -> None:
    workers, logins = NoLogin(), _Logins()
    user = Candidate("/x/", caller="user", auth="session")
    for _ in range(5):
        result = tried(workers, user, logins=logins)
    assert workers.requests == LOGIN_TRIES
    assert result.reason == "nobody can log in"
    assert tried(NoLogin(), user).reason == "the login (session) raised KeyError: 'SECRET'"


def test_a_login_that_has_succeeded_once_is_tried_again() -> None:
    logins = _Logins()
    user = Candidate("/x/", caller="user", auth="session")
    logins.note(user, None)
    for _ in range(2 * LOGIN_TRIES):
        logins.note(user, "the login (session) of user 1 failed")
    assert not logins.is_broken(user)


def test_a_route_is_given_up_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 900, 15))
    monkeypatch.setattr("perflab.experiment.setup.trying.monotonic", lambda: next(clock))
    assert tried(Workers(*[404] * 9), WAY, OTHER, rows=9).reason == "nothing succeeded within 20 s"


def test_static_files_that_are_missing_are_one_reason_whatever_lacks_them() -> None:
    error = "ValueError: Missing staticfiles manifest entry for 'css/x.css'"
    assert _reason(500, None, error)[1] == NO_STATIC_FILES


def test_without_a_row_nothing_is_requested() -> None:
    assert tried(Workers()) == Tried("/x/", None, "no row of the data fits its URL")


@pytest.mark.parametrize(
    ("status", "location", "words"),
    [
        (302, "/accounts/login/?next=/", "it redirects to the login page"), (302, "/enter/", "it redirects to the login page"),
        (301, "/y/", "it redirects (301) to /y/"), (401, None, "it wants another login (401)"),
        (403, None, "it is forbidden to whoever asked (403)"), (404, None, "no row that was tried is there (404)"),
        (418, None, "it returned 418"), (500, None, "it fails (500)"), (None, None, "no response"),
    ],
)  # fmt: skip
def test_each_status_has_its_words(status: int | None, location: str | None, words: str) -> None:
    assert _reason(status, location, None)[1] == words
