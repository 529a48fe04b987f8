"""Whether a user's own content is returned to anyone: sites that are open, half open, and closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from perflab.experiment.checks.callers import open_to_anyone
from perflab.experiment.checks.client import Shown
from perflab.workload.steps import Step
from tests.perflab.experiment.checks.sites import CELLS, ENDS, Site, client_of, endpoint, number_of

USERS = {"user_id": "marketplace.User.pk", "viewer_id": "marketplace.User.pk"}
OWN = endpoint("payments", "/users/{user_id}", params=USERS, **{"as": "user_id"})
PUBLIC = endpoint("profile", "/users/{user_id}", params=USERS, **{"as": "viewer_id"})


def content(step: Step) -> dict[str, Any]:
    return {"account": f"DE{number_of(step.path)}"}


def anyone(site: Site, step: Step) -> Any:
    return content(step)


def users(site: Site, step: Step) -> Any:
    return content(step) if step.user is not None else (401, "")


def owner(site: Site, step: Step) -> Any:
    return content(step) if step.user == number_of(step.path) else (403, "")


def shown_of(respond: Callable[[Site, Step], Any], *endpoints: dict[str, Any]) -> list[Shown]:
    return list(open_to_anyone(client_of(respond, *endpoints)))


def test_a_site_that_never_looks_at_the_caller_is_open_in_every_cell() -> None:
    (shown,) = shown_of(anyone, OWN)
    assert shown.cells == dict.fromkeys(CELLS, True)
    assert shown.detail["anyone"] and shown.detail["users"]
    assert shown.request["path"] == f"/users/{shown.request['user']}"
    assert shown.detail["other"] != shown.request["user"]


def test_a_site_that_only_wants_a_login_is_open_to_users() -> None:
    (shown,) = shown_of(users, OWN)
    assert all(shown.cells.values()) and not shown.detail["anyone"] and shown.detail["users"]


def test_what_only_its_owner_gets_is_not_open() -> None:
    (shown,) = shown_of(owner, OWN)
    assert shown.cells == dict.fromkeys(ENDS, False)


def test_a_cache_before_the_permission_is_open_in_its_cells_alone() -> None:
    def served(site: Site, step: Step) -> Any:
        if site.caches and step.path in site.state:
            return site.state[step.path]
        return site.kept(step.path, lambda: content(step)) if step.user == number_of(step.path) else (403, "")

    (shown,) = shown_of(served, OWN)
    assert {cell for cell, shows in shown.cells.items() if shows} == {"caching", "all_on", "twin"}


@pytest.mark.parametrize(
    "wanted",
    [
        PUBLIC, endpoint("account", "/account", params=USERS, **{"as": "user_id"}), endpoint("home", "/home"),
        {**OWN, "headers": {"Authorization": "Token x"}}, {**OWN, "method": "POST"}, {**OWN, "expects": 403},
    ],
    ids=["somebody else's page", "nobody in the path", "anonymous", "a login of its own", "a write", "refused"],
)  # fmt: skip
def test_what_users_do_not_request_of_themselves_is_nobodys_own(wanted: dict[str, Any]) -> None:
    assert shown_of(anyone, wanted) == []


@pytest.mark.parametrize("body", [{"hello": "you"}, [], {"items": [], "count": 0}, "", None])
def test_what_is_the_same_for_all_or_empty_is_nobodys_own(body: Any) -> None:
    assert shown_of(lambda site, step: (200, body), OWN) == []


def test_a_page_that_names_who_is_logged_in_is_not_recognised() -> None:
    (shown,) = shown_of(lambda site, step: f"{content(step)} for {step.user}", OWN)
    assert not any(shown.cells.values())


def test_nothing_is_requested_once_the_time_is_over() -> None:
    client = client_of(anyone, OWN, budget_s=0.0)
    assert list(open_to_anyone(client)) == []
    site: Any = client.workers["all_off"]
    assert site.requested == []
