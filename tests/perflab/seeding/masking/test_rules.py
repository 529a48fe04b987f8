"""What is masked: by names and types, and as the scenario changes that."""

import pytest

from perflab.errors import InputError
from perflab.seeding.masking.fields import Field
from perflab.seeding.masking.names import EMAIL, TEXT
from perflab.seeding.masking.rules import (
    ARRAY,
    BYTES,
    JSON,
    NUMBER,
    UUID,
    Column,
    check_names,
    grouped,
    label_of,
    masked_fields,
    masks,
    sentence,
)  # fmt: skip

USER = [
    Field("auth.User.email", "auth_user", None, "email", "EmailField", is_unique=True),
    Field("auth.User.username", "auth_user", None, "username", "CharField", is_unique=True),
    Field("auth.User.email_verified", "auth_user", None, "email_verified", "BooleanField"),
    Field("auth.User.phone_calls", "auth_user", None, "phone_calls", "DateTimeField"),
    Field("auth.User.address_kind", "auth_user", None, "address_kind", "CharField", has_choices=True),
    Field("auth.User.note", "auth_user", None, "note", "TextField"),
    Field("shop.Order.customer", "shop_order", None, "customer_name", "ForeignKey", target="auth.User.username"),
    Field("shop.Order.user", "shop_order", None, "user_id", "ForeignKey", target="auth.User.id"),
]


def test_fields_are_masked_by_their_names_and_types_and_what_links_to_them_with_them():
    assert masked_fields(USER, [], []) == {
        "auth.User.email": EMAIL, "auth.User.username": TEXT, "shop.Order.customer": TEXT,
    }  # fmt: skip


def test_the_scenario_keeps_fields_and_masks_others():
    chosen = masked_fields(USER, ["auth.User.username"], ["auth.User.note"])
    assert set(chosen) == {"auth.User.email", "auth.User.note"}


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        ("shop.Order.user", "data.mask: shop.Order.user links to auth.User.id, and a mask would break the link"),
        (
            "auth.User.email_verified",
            "data.mask: no mask is known for auth.User.email_verified, which is a BooleanField",
        ),
    ],
)
def test_a_mask_that_cannot_be_is_an_error(mask, message):
    with pytest.raises(InputError) as caught:
        masked_fields(USER, [], [mask])
    assert caught.value.what == message


def test_a_name_that_does_not_exist_is_an_error_with_the_nearest_one():
    with pytest.raises(
        InputError, match=r"data.keep: there is no field auth.User.emial; did you mean 'auth.User.email'"
    ):
        check_names(USER, {"keep": ["auth.User.emial"]})
    check_names(USER, {"keep": ["old_table.email"]})  # of a table of no model, while the database was not read
    with pytest.raises(InputError, match=r"there is no field old_table.email"):
        check_names(USER, {"keep": ["old_table.email"]}, [Column("x", "y", "text")])


def test_columns_are_masked_also_those_of_no_model():
    columns = [
        Column("auth_user", "email", "character varying"), Column("auth_user", "username", "citext"),
        Column("auth_user", "email_verified", "boolean"), Column("shop_order", "customer_name", "text"),
        Column("shop_order", "user_id", "integer"), Column("legacy", "phone", "bigint"), Column("legacy", "address", "jsonb"),
        Column("legacy", "token", "uuid"), Column("legacy", "session_data", "bytea"), Column("legacy", "phones", "integer"),
        Column("legacy", "address_id", "uuid"), Column("legacy", "emails", "character varying[]"),
        Column("legacy", "birth_date", "date"), Column("legacy", "addr", "tsvector"), Column("legacy", "seen_from", "inet"),
    ]  # fmt: skip
    made = {mask.label: (mask.kind, mask.is_unique) for mask in masks(columns, USER)}
    assert made == {
        "auth.User.email": (EMAIL, True), "auth.User.username": (TEXT, False),  # others link to it: no mask of its own
        "shop.Order.customer": (TEXT, False), "legacy.phone": (NUMBER, False), "legacy.address": (JSON, False),
        "legacy.token": (UUID, False), "legacy.session_data": (BYTES, False), "legacy.emails": (ARRAY, False),
        "legacy.birth_date": ("date", False), "legacy.seen_from": ("ip address", False),
    }  # fmt: skip


def test_parts_of_a_partitioned_table_are_masked_as_the_table():
    part = Column("auth_user_2026", "note", "text", "public", part_of="auth_user")
    assert masks([part], USER) == []
    (mask,) = masks([part], USER, mask=["auth.User.note"])
    assert (mask.label, mask.column.table) == ("auth.User.note", "auth_user_2026")
    assert label_of(part, USER) == "auth.User.note"


def test_a_table_of_the_same_name_in_another_schema_is_not_the_models():
    field = Field("a.B.note", "b", "own", "note", "TextField")
    there, elsewhere = Column("b", "note", "text", "own"), Column("b", "note", "text", "public")
    assert [mask.column for mask in masks([there, elsewhere], [field], mask=["a.B.note"])] == [there]


def test_what_is_masked_is_said_in_one_line():
    assert sentence(["b.C.d", "a.B.c"]).startswith("masked: a.B.c, b.C.d; ")
    assert sentence([]).startswith("no field is masked")


def test_masks_come_table_by_table():
    columns = [Column("a", "email", "text"), Column("b", "email", "text"), Column("a", "phone", "text")]
    assert [(place, len(group)) for place, group in grouped(masks(columns, []))] == [((None, "a"), 2), ((None, "b"), 1)]
