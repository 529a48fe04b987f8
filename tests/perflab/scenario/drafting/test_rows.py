"""Which params have a row to draw them from."""

from __future__ import annotations

from typing import Any

import pytest

from marketplace.models import Industry, User
from perflab.scenario.drafting.rows import drawable


@pytest.mark.django_db
def test_a_way_needs_a_row_with_its_fields_and_conditions() -> None:
    Industry.objects.create(name="paper")
    User.objects.create(username="ada", email="a@example.com", role="client")
    wanted: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"x": "marketplace.Industry.name"}, {}), ({"x": [1, 2]}, {}), ({"x": "marketplace.Job.pk"}, {}),
        ({"x": "marketplace.User.pk"}, {"marketplace.User.role": "client"}),
        ({"x": "marketplace.User.pk"}, {"marketplace.User.role": "applicant"}),
        ({"x": "marketplace.User.last_login"}, {}), ({"x": "marketplace.User.nothing"}, {}), ({"x": "nothing.User.pk"}, {}),
    ]  # fmt: skip
    assert drawable(wanted) == [True, True, False, True, False, False, False, False]
