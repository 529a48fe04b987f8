"""Where each index is, by the models alone and by a real catalogue."""

from __future__ import annotations

import pytest

from perflab.scenario.indexes.places import IndexPlace, places_by_models, places_in_database


def test_the_models_say_where_indexes_are() -> None:
    places = places_by_models()
    assert places["payment_status_created_idx"] == IndexPlace(
        "marketplace", "marketplace_payment", ("status", "created_at")
    )
    assert IndexPlace("marketplace", "marketplace_payment", ("payer_id",)) in places.values()
    assert IndexPlace("auth", "auth_group_permissions", ("group_id",)) in places.values()


@pytest.mark.servers
def test_the_database_says_the_same_of_them(db: None) -> None:
    places = places_in_database()
    assert {name: places[name] for name in places_by_models()} == places_by_models()
    assert "marketplace_payment_pkey" not in places, "primary keys are constraints"
