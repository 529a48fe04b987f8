"""The project's fields, as a mask knows them."""

from perflab.seeding.masking.fields import fields_of_models


def test_fields_are_read_from_the_models():
    fields = {field.label: field for field in fields_of_models()}
    email = fields["marketplace.User.email"]
    assert (email.table, email.schema, email.column, email.kind) == ("marketplace_user", None, "email", "EmailField")
    assert email.is_unique
    assert email.target is None
    assert fields["marketplace.User.role"].has_choices
    link = fields["marketplace.Profile.user"]
    assert (link.column, link.target) == ("user_id", "marketplace.User.id")


def test_a_constraint_of_its_own_makes_a_field_unique_and_one_with_others_does_not():
    from django.db import models
    from django.db.models.functions import Lower

    from perflab.seeding.masking import fields

    class Odd:
        class _meta:
            constraints = [
                models.UniqueConstraint(Lower("mail"), name="by_lower"),
                models.UniqueConstraint(fields=["shop", "name"], name="together"),
                models.UniqueConstraint(fields=["code"], name="some", condition=models.Q(code__gt="")),
                models.CheckConstraint(condition=models.Q(code="x"), name="check"),
            ]

    assert fields._unique_alone(Odd) == {"mail"}
