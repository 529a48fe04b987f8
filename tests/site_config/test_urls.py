"""The documentation of the API, and the paths that are promised."""

from typing import Any

import pytest
from django.urls import resolve

PATHS = [
    "/users/7/payments",
    "/reviews/7",
    "/ratings/reviewer_7/",
    "/get-profile/7",
    "/get-account-details",
    "/jobs/7",
    "/apply-jobs/",
    "/clientjobs/7",
    "/client/jobs/7",
    "/jobs/7/best-applicants/",
    "/jobs/",
    "/jobs/7/applications/",
    "/applications/7/withdraw/",
    "/payments/",
    "/payments/7/",
    "/payments/settle/",
    "/reviews/",
    "/review/7",
    "/update-profile",
]


@pytest.mark.parametrize("path", PATHS)
def test_paths(path: str) -> None:
    assert resolve(path).func is not None


def test_the_schema_describes_every_path(client: Any) -> None:
    described = {path.replace("{user_id}", "7") for path in client.get("/openapi.json").json()["paths"]}
    for name in ("job_id", "application_id", "payment_id", "review_id"):
        described = {path.replace(f"{{{name}}}", "7") for path in described}
    assert described == set(PATHS)


def test_the_documentation_needs_no_network(client: Any) -> None:
    page = client.get("/docs").content.decode()
    assert "Marketplace" in page
    assert "//cdn" not in page
