"""The project's routes, as a scenario writes them; scenario/test_project_checks.py reads them in messages."""

from __future__ import annotations

import pytest

from perflab.scenario.urls.routes import readable, routes


def test_all_routes_of_the_project() -> None:
    assert "/jobs/{job_id}" in routes()


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        ("/users/<int:user_id>/<slug>/", "/users/{user_id}/{slug}/"),
        (r"/^users/(?P<user_id>[0-9]+)/$", "/users/{user_id}/"),
        (r"/^users/(?P<user_id>[0-9]+)/?$", "/users/{user_id}/"),
        (r"/^(?P<kind>(a|b)\)?)/v1\.0/([^/]+)/\Z", "/{kind}/v1.0/{value}/"),
    ],
)
def test_a_route_is_shown_as_a_scenario_writes_it(route: str, expected: str) -> None:
    assert readable(route) == expected
