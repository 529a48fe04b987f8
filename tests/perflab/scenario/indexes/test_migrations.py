"""Which migration made which index, by their operations."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from perflab.scenario.indexes.migrations import History, MadeIndex, made_by_migrations


def text(**options: Any) -> models.Field[Any, Any]:
    return models.CharField(max_length=9, **options)


def index(name: str, *fields: str) -> models.Index:
    return models.Index(name=name, fields=fields)


def after(*steps: Any) -> list[tuple[str, str, tuple[str, ...], str | None]]:
    """What is declared after operations: a list of them for each migration, from 1."""
    history = History()
    for number, operations in enumerate(steps, 1):
        for operation in operations if isinstance(operations, list) else [operations]:
            history.apply(f"shop.{number:04}", "shop", operation)
    return [(each.migration[-1], each.model, each.fields, each.name) for each in history.declared]


ORDER = migrations.CreateModel(
    "Order",
    [("id", models.AutoField(primary_key=True)), ("code", text(unique=True, db_index=True)), ("state", text(db_index=True)),
     ("buyer", models.ForeignKey("auth.User", models.CASCADE)), ("label", models.OneToOneField("shop.Label", models.CASCADE))],
    options={"indexes": [index("order_made", "-state", "code")]},
)  # fmt: skip
OF_ORDER = [
    ("1", "order", ("state",), None),
    ("1", "order", ("buyer",), None),
    ("1", "order", ("state", "code"), "order_made"),
]


def test_a_model_brings_its_indexes_and_what_is_unique_is_none() -> None:
    assert after(ORDER) == OF_ORDER


@pytest.mark.parametrize(
    ("operation", "made"),
    [
        (migrations.AddIndex("order", index("order_state", "state")), [("2", "order", ("state",), "order_state")]),
        (AddIndexConcurrently("order", index("order_state", "state")), [("2", "order", ("state",), "order_state")]),
        (migrations.AddField("order", "note", text(db_index=True)), [("2", "order", ("note",), None)]),
        (migrations.AddField("order", "note", text()), []),
        (migrations.AddField("order", "note", text(unique=True, db_index=True)), []),
        (migrations.AlterField("order", "state", text(db_index=True, null=True)), []),
        (migrations.AddConstraint("order", models.UniqueConstraint(fields=["state"], name="one_state")), []),
        (migrations.RunSQL("CREATE INDEX own ON shop_order (state)"), []),
        (
            migrations.SeparateDatabaseAndState(
                database_operations=[migrations.RunSQL("CREATE INDEX CONCURRENTLY own ON shop_order (state)")],
                state_operations=[migrations.AddIndex("Order", index("own", "state"))],
            ),
            [("2", "order", ("state",), "own")],
        ),
    ],
)
def test_what_a_later_migration_makes(operation: Any, made: list[Any]) -> None:
    assert after(ORDER, operation) == [*OF_ORDER, *made]


def test_a_field_that_gets_an_index_later_got_it_there() -> None:
    steps = [migrations.AddField("order", "note", text()), migrations.AlterField("order", "note", text(db_index=True))]
    assert after(ORDER, *steps)[-1] == ("3", "order", ("note",), None)
    assert after(ORDER, *steps, migrations.AlterField("order", "note", text())) == OF_ORDER


def test_names_of_today_count() -> None:
    renamed = after(
        ORDER,
        [migrations.RenameField("order", "state", "status"), migrations.RenameModel("Order", "Purchase"),
         migrations.RenameIndex("purchase", new_name="made", old_name="order_made")],
    )  # fmt: skip
    assert renamed == [
        ("1", "purchase", ("status",), None), ("1", "purchase", ("buyer",), None), ("1", "purchase", ("status", "code"), "made"),
    ]  # fmt: skip


def test_what_is_removed_is_gone() -> None:
    assert after(ORDER, migrations.RemoveIndex("order", "order_made"), migrations.RemoveField("order", "state")) == [
        OF_ORDER[1]
    ]
    assert after(ORDER, migrations.DeleteModel("Order")) == []


def test_index_together_is_compared_with_what_was_there() -> None:
    both = migrations.AlterIndexTogether("order", {("state", "code"), ("buyer", "code")})
    made = [("2", "order", ("buyer", "code"), None), ("2", "order", ("state", "code"), None)]
    assert after(ORDER, both) == [*OF_ORDER, *made]
    assert after(ORDER, both, migrations.AlterIndexTogether("order", {("buyer", "code")})) == [*OF_ORDER, made[0]]
    naming = migrations.RenameIndex("order", new_name="pair", old_fields=("buyer", "code"))
    assert ("2", "order", ("buyer", "code"), "pair") in after(ORDER, both, naming)


def test_the_projects_own_are_found() -> None:
    made = made_by_migrations()
    assert (
        MadeIndex("payment_payer_idx", "marketplace_payment", ("payer_id",))
        in made["marketplace.0003_payments_indexes"]
    )
    assert MadeIndex(None, "marketplace_payment", ("payer_id",)) in made["marketplace.0001_initial"]
    assert "marketplace.0004_reviews_indexes" in made
