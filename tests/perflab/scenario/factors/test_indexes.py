"""What an indexes factor means, on the marketplace's real schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from perflab.errors import InputError
from perflab.experiment.databases import drop_statements
from perflab.scenario.factors.indexes import resolve

DECLARED = """
    otp_created_at_idx otp_is_verified_idx otp_user_idx otp_user_is_verified_idx
    payment_created_at_idx payment_job_idx payment_payer_idx payment_recipient_idx payment_status_created_idx payment_status_idx
    profile_joined_at_idx profile_role_idx profile_user_idx
    review_created_at_idx review_job_idx review_reviewed_idx review_reviewer_idx review_triple_idx
    user_email_idx user_is_active_idx user_role_idx user_username_idx
"""

pytestmark = pytest.mark.servers


@pytest.fixture
def meant(db: None) -> Callable[..., list[str]]:
    return lambda *which: resolve(which, apps.get_models(), connection)


@pytest.fixture
def catalogue(db: None) -> Iterator[dict[str, tuple[bool, str]]]:
    """Of each index of the subject's tables: whether a constraint needs it, and its definition."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.indexrelid::regclass::text, i.indisunique, pg_get_indexdef(i.indexrelid) FROM pg_index i"
            " JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace"
            " WHERE n.nspname = 'public'"
        )
        yield {name: (unique, definition) for name, unique, definition in cursor.fetchall()}


def test_declared_is_exactly_the_22(meant: Callable[..., list[str]]) -> None:
    assert meant("declared") == DECLARED.split()
    assert len(meant("declared")) == 22


def test_foreign_keys_are_what_django_makes_by_itself(
    meant: Callable[..., list[str]], catalogue: dict[str, tuple[bool, str]]
) -> None:
    names = meant("foreign_keys")
    assert names and not {*names} & {*meant("declared")}
    columns = {
        f.column for model in apps.get_models() for f in model._meta.local_fields if f.is_relation and not f.unique
    }
    for name in names:
        needed, definition = catalogue[name]
        assert not needed
        assert definition.rpartition("(")[2].rstrip(")") in columns, definition
    assert any("payer_id" in catalogue[name][1] for name in names)


def test_both_leave_only_what_constraints_need_and_what_is_of_another_kind(
    meant: Callable[..., list[str]], catalogue: dict[str, tuple[bool, str]]
) -> None:
    tables = {model._meta.db_table for model in apps.get_models()}
    left = {
        name: definition
        for name, (needed, definition) in catalogue.items()
        if not needed and definition.split(" ON public.")[1].split()[0] in tables
    }
    gone = {*meant("declared", "foreign_keys")}
    # What remains is text-pattern indexes for LIKE, beside a unique constraint of the same field.
    assert all("_pattern_ops" in definition for name, definition in left.items() if name not in gone), left


def test_one_may_be_named_and_words_add_up(meant: Callable[..., list[str]]) -> None:
    assert meant("payment_payer_idx") == ["payment_payer_idx"]
    assert meant("review_triple_idx", "payment_payer_idx") == ["payment_payer_idx", "review_triple_idx"]
    assert meant("declared", "payment_payer_idx") == meant("declared")
    assert meant("declared", "foreign_keys") == sorted({*meant("declared"), *meant("foreign_keys")})


def test_a_name_that_no_index_has(meant: Callable[..., list[str]]) -> None:
    with pytest.raises(InputError, match=r"no index is called 'payment_payer_index'; use `declared`"):
        meant("payment_payer_index")


def test_what_a_constraint_needs_cannot_be_switched_off(
    meant: Callable[..., list[str]], catalogue: dict[str, tuple[bool, str]]
) -> None:
    needed = [name for name, (unique, _) in catalogue.items() if unique and "payment" in name]
    assert needed
    for name in needed:
        with pytest.raises(InputError, match=f"the index {name} belongs to a constraint"):
            meant(name)


def test_its_statements_drop_them_in_the_database(meant: Callable[..., list[str]]) -> None:
    names = meant("declared")
    with connection.cursor() as cursor:
        for statement in drop_statements(names):
            cursor.execute(statement)
    assert meant("declared") == []
    with pytest.raises(InputError, match="no index is called"):
        meant(names[0])


def test_an_index_that_the_database_lacks_is_not_meant(meant: Callable[..., list[str]]) -> None:
    """The project may be behind with its migrations: what counts is what is there."""
    before = meant("declared")
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX review_triple_idx")
    assert [*before] == sorted([*meant("declared"), "review_triple_idx"])


def test_a_field_with_db_index_counts_as_declared(db: None) -> None:
    from django.db import models

    class Indexed(models.Model):
        code = models.CharField(max_length=9, db_index=True)
        owner = models.ForeignKey("marketplace.User", models.CASCADE, related_name="+")
        number = models.IntegerField(unique=True)

        class Meta:
            app_label = "perflab_tests"

        def __str__(self) -> str:
            return self.code

    try:
        with connection.schema_editor() as editor:
            editor.create_model(Indexed)
        found: list[Any] = [resolve([word], [Indexed], connection) for word in ("declared", "foreign_keys")]
        assert [len(names) for names in found[1:]] == [1]
        assert all("code" in name for name in found[0]) and found[0]
        assert "owner" in found[1][0]
    finally:
        apps.all_models.pop("perflab_tests", None)
        apps.clear_cache()
