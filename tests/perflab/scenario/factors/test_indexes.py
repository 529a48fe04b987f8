"""What an indexes factor means, on the marketplace's real schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from pydantic import ValidationError

from perflab.errors import InputError
from perflab.experiment.databases import drop_statements
from perflab.run.indexes import IndexKind
from perflab.scenario.factors.base import Context, IndexFacts, Project
from perflab.scenario.factors.indexes import IndexFactor
from perflab.scenario.indexes.migrations import MadeIndex
from perflab.scenario.indexes.places import IndexPlace
from perflab.scenario.subject import index_kinds

DECLARED = """
    otp_created_at_idx otp_is_verified_idx otp_user_idx otp_user_is_verified_idx
    payment_created_at_idx payment_job_idx payment_payer_idx payment_recipient_idx payment_status_created_idx payment_status_idx
    profile_joined_at_idx profile_role_idx profile_user_idx
    review_created_at_idx review_job_idx review_reviewed_idx review_reviewer_idx review_triple_idx
    user_email_idx user_is_active_idx user_role_idx user_username_idx
"""


def factor(*which: str) -> IndexFactor:
    return IndexFactor(name="indexes", kind="indexes", which=[*which])


@pytest.fixture
def meant(db: None) -> Callable[..., list[str]]:
    def dropped(*which: str) -> list[str]:
        made_by = index_kinds.of_catalogue(apps.get_models(), connection)
        context = Context(indexes={name: kind for name, (kind, _) in made_by.items()})
        return list(factor(*which).changes(False, context).drop_indexes)

    return dropped


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


@pytest.mark.servers
def test_declared_is_exactly_the_22(meant: Callable[..., list[str]]) -> None:
    assert meant("declared") == DECLARED.split()
    assert len(meant("declared")) == 22


@pytest.mark.servers
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


@pytest.mark.servers
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


@pytest.mark.servers
def test_one_may_be_named_and_words_add_up(meant: Callable[..., list[str]]) -> None:
    assert meant("payment_payer_idx") == ["payment_payer_idx"]
    assert meant("review_triple_idx", "payment_payer_idx") == ["payment_payer_idx", "review_triple_idx"]
    assert meant("declared", "payment_payer_idx") == meant("declared")
    assert meant("declared", "foreign_keys") == sorted({*meant("declared"), *meant("foreign_keys")})


@pytest.mark.servers
def test_a_name_that_no_index_has(meant: Callable[..., list[str]]) -> None:
    with pytest.raises(InputError, match=r"no index is called 'payment_payer_index'; did you mean 'payment_payer_idx'"):
        meant("payment_payer_index")


@pytest.mark.servers
def test_what_a_constraint_needs_cannot_be_switched_off(
    meant: Callable[..., list[str]], catalogue: dict[str, tuple[bool, str]]
) -> None:
    needed = [name for name, (unique, _) in catalogue.items() if unique and "payment" in name]
    assert needed
    for name in needed:
        with pytest.raises(InputError, match=f"the index {name} belongs to a constraint"):
            meant(name)


@pytest.mark.servers
def test_its_statements_drop_them_in_the_database(meant: Callable[..., list[str]]) -> None:
    names = meant("declared")
    with connection.cursor() as cursor:
        for statement in drop_statements(names):
            cursor.execute(statement)
    assert meant("declared") == []
    with pytest.raises(InputError, match="no index is called"):
        meant(names[0])


@pytest.mark.servers
def test_an_index_that_the_database_lacks_is_not_meant(meant: Callable[..., list[str]]) -> None:
    """The project may be behind with its migrations: what counts is what is there."""
    before = meant("declared")
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX review_triple_idx")
    assert [*before] == sorted([*meant("declared"), "review_triple_idx"])


@pytest.mark.servers
def test_check_and_run_agree_on_the_projects_indexes(db: None) -> None:
    """Without a database the names are predicted; with one they are read."""
    models = apps.get_models(include_auto_created=True)
    catalogue = {name: kind for name, (kind, _) in index_kinds.of_catalogue(models, connection).items()}
    for names in (index_kinds.of_models(),):
        assert {name: catalogue[name] for name in names} == names


def test_indexes_are_dropped_when_off() -> None:
    context = Context(indexes={"b": "meta", "a": "field", "fk": "foreign_key", "pk": "constraint"})
    assert factor("declared").changes(False, context).drop_indexes == ("a", "b")
    assert factor("declared").changes(True, context).drop_indexes == ()
    assert factor("fk", "a").changes(False, context).drop_indexes == ("a", "fk")


@pytest.mark.parametrize(
    ("word", "what", "hint"),
    [
        ("declard", "no index is called 'declard'", "did you mean 'declared'?"),
        ("other", "no index is called 'other'", "use one of declared, foreign_keys, by_name"),
        ("pk", "the index pk belongs to a constraint and cannot be switched off", "leave it out"),
        ("foreign_keys", "the project's models have no indexes of the kind 'foreign_keys'", "remove the factor"),
    ],
)
def test_what_is_wrong_with_a_word(word: str, what: str, hint: str) -> None:
    project = Project(None, lambda: {"by_name": "meta", "pk": "constraint", "other": "other"})
    (problem,) = factor("by_name", word).problems(project)
    assert (problem.place, problem.what, problem.hint) == (("which", 1), what, hint)


KINDS: dict[str, IndexKind] = {
    "shop_state": "meta", "shop_buyer_fk": "foreign_key", "shop_buyer": "meta", "shop_pkey": "constraint", "other_name": "field",
}  # fmt: skip
FACTS = IndexFacts(
    {
        "shop_state": IndexPlace("shop", "shop_order", ("state",)),
        "shop_buyer_fk": IndexPlace("shop", "shop_order", ("buyer_id",)),
        "shop_buyer": IndexPlace("shop", "shop_order", ("buyer_id",)),
        "shop_pkey": IndexPlace("shop", "shop_order", ("id",)),
        "other_name": IndexPlace("other", "other", ("name",)),
    },
    {
        "shop.0001_initial": [MadeIndex(None, "shop_order", ("buyer_id",)), MadeIndex(None, "shop_order", ("id",))],
        "shop.0008_state": [
            MadeIndex("shop_state", "shop_order", ("state",)),
            MadeIndex("shop_buyer", "shop_order", ("buyer_id",)),
        ],
        "other.0001_initial": [MadeIndex(None, "other", ("name",))],
    },
)


def narrowed(**keys: Any) -> list[str]:
    made = IndexFactor(name="indexes", kind="indexes", **keys)
    assert made.changes(True, Context({}, KINDS, FACTS)).drop_indexes == ()
    dropped = list(made.changes(False, Context({}, KINDS, FACTS)).drop_indexes)
    project = Project(None, lambda: KINDS, None, lambda: FACTS)
    assert list(made.problems(project)) == [] and made.stands_for(project) == dropped
    return dropped


def test_an_app_a_table_and_a_migration_narrow_them_down() -> None:
    assert narrowed(app="shop") == ["shop_buyer", "shop_buyer_fk", "shop_state"]
    assert narrowed(app="shop", which=["declared"]) == ["shop_buyer", "shop_state"]
    assert narrowed(table="other") == ["other_name"]
    assert narrowed(migration="shop.0008") == narrowed(migration="shop.0008_state") == ["shop_buyer", "shop_state"]
    assert narrowed(migration="shop.0001") == ["shop_buyer_fk"], "another one made the named index on the same column"
    assert narrowed(migration="shop.0008", which=["shop_state"]) == ["shop_state"]


@pytest.mark.parametrize(
    ("keys", "place", "what", "hint"),
    [
        ({"app": "shops"}, "app", "no index that may be dropped is of the app 'shops'", "those that have any: other and shop"),
        ({"table": "order"}, "table", "no index that may be dropped is of the table 'order'",
         "those that have any: other and shop_order"),
        ({"migration": "shop.0002"}, "migration", "no index that may be dropped is of the migration 'shop.0002'",
         "those that have any: shop.0001_initial and shop.0008_state"),
        ({"app": "other", "table": "shop_order"}, "app", "indexes: of the app other, of the table shop_order: there are none",
         "remove one of the factor's keys"),
    ],
)  # fmt: skip
def test_an_empty_set_names_what_there_is(keys: Any, place: str, what: str, hint: str) -> None:
    made = IndexFactor(name="indexes", kind="indexes", **keys)
    (problem,) = made.problems(Project(None, lambda: KINDS, None, lambda: FACTS))
    assert (problem.place, problem.what, problem.hint) == ((place,), what, hint)
    with pytest.raises(InputError):
        made.changes(False, Context({}, KINDS, FACTS))


def test_one_of_the_keys_is_needed() -> None:
    with pytest.raises(ValidationError, match="indexes needs `which`, `app`, `table` or `migration`"):
        IndexFactor(name="indexes", kind="indexes")
