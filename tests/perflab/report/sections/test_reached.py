"""How much of a project the traffic reaches, and who requests it."""

from __future__ import annotations

from typing import Any

from perflab.report.sections.reached import sentence
from tests.perflab.saved_run import without_samples

ANYBODY: dict[str, Any] = {"name": "list", "method": "GET", "path": "/"}
OWN = {**ANYBODY, "name": "own", "as": "user_id"}


def said_of(*endpoints: dict[str, Any], auth: str | None = "session", urls: Any = None) -> str:
    data = {"subject": {"auth": auth}, "traffic": {"endpoints": list(endpoints)}}
    return sentence(without_samples(scenario=data, catalogue={"urls": urls} if urls else {}))


def test_it_counts_routes_and_callers() -> None:
    text = said_of(
        ANYBODY, OWN, {**OWN, "name": "other"}, {**OWN, "name": "api", "auth": "token"}, urls={"asked": 4, "all": 92}
    )
    assert text == (
        "The traffic reaches 4 of the project's 92 routes. 2 endpoints are requested as a user (session), 1 without a login and "
        "1 as a user (token)."
    )


def test_a_function_is_named_and_what_is_unknown_left_out() -> None:
    assert said_of(OWN, auth="shop.login:headers") == "1 endpoint is requested as a user (shop.login:headers)."
    assert said_of() == "0 endpoints are requested without a login."
