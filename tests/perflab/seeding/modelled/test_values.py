"""Values of fields: what validators, choices and defaults allow."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.postgres.fields import ArrayField, IntegerRangeField
from django.core.validators import RegexValidator
from django.db import models

from marketplace.models import User
from perflab.errors import InputError
from perflab.seeding.modelled.values import ValueMaker, is_valid
from tests.perflab.seeding.modelled.shop import Item, Maker

AS_OF = dt.datetime(2025, 10, 20, tzinfo=dt.UTC)


def values(field: Any, count: int = 60) -> list[Any]:
    maker = ValueMaker(AS_OF, random.Random(1))
    return [maker.value(field) for _ in range(count)]


def of(name: str, model: Any = Item) -> Any:
    return model._meta.get_field(name)


def test_numbers_keep_within_their_validators() -> None:
    assert {20, 30} <= set(values(of("pages"), 300)) <= set(range(20, 31))


def test_decimals_have_the_places_and_digits_of_the_field() -> None:
    assert all(isinstance(value, Decimal) and value.as_tuple().exponent == -2 for value in values(of("price")))
    assert max(values(models.DecimalField(max_digits=3, decimal_places=2))) < 10


def test_choices_are_taken_and_the_default_more_often() -> None:
    assert set(values(of("kind", Maker))) == {"a", "b"}
    field = models.CharField(max_length=1, choices=[("a", "A"), ("b", "B"), ("", "none")], default="b")
    assert values(field, 300).count("b") > 180


def test_a_default_is_taken_and_one_that_is_called_is_called() -> None:
    assert set(values(models.IntegerField(default=7))) == {7}
    assert values(of("data")) == [{}] * 60


def test_a_truth_is_what_the_fields_name_says_mostly() -> None:
    assert values(of("is_active"), 200).count(True) > 140
    assert values(of("is_deleted"), 200).count(False) > 140


def test_every_user_may_log_in() -> None:
    assert set(values(User._meta.get_field("is_active"), 200)) == {True}


def test_what_may_be_null_and_empty_in_a_form_is_null_in_one_of_five() -> None:
    assert None not in values(of("must"))
    assert 500 < values(of("note"), 3_000).count(None) < 700


def test_a_validators_expression_is_satisfied() -> None:
    assert all(is_valid(of("plate"), value) for value in values(of("plate")))


def test_what_nothing_satisfies_is_null_or_one_line() -> None:
    never = RegexValidator(r"^(?!x)x$")
    field = models.CharField(max_length=5, null=True, validators=[never])
    field.set_attributes_from_name("odd")
    assert values(field, 3) == [None] * 3
    refused = models.CharField(max_length=5, validators=[never])
    refused.set_attributes_from_name("odd")
    refused.model = Item
    message = r"data from modelled_tests.Item: no value is known for odd \(CharField\); add `modelled_tests.Item: 0` to data.rows"
    with pytest.raises(InputError, match=message):
        values(refused)


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        (models.DateField(), dt.date), (models.TimeField(), dt.time), (models.DurationField(), dt.timedelta),
        (models.JSONField(), dict), (models.BinaryField(), bytes), (models.FloatField(), float), (models.SlugField(), str),
        (models.URLField(), str), (models.GenericIPAddressField(), str), (models.FileField(), str), (models.EmailField(), str),
        (ArrayField(models.TextField()), list), (IntegerRangeField(), str), (models.PositiveSmallIntegerField(), int),
    ],
)  # fmt: skip
def test_each_kind_of_field_has_a_value_that_it_takes(field: Any, kind: type) -> None:
    field.set_attributes_from_name("field")
    for value in values(field, 5):
        assert isinstance(value, kind)
        assert is_valid(field, value)


def test_moments_lie_within_the_year_before_the_data_ends() -> None:
    moments = values(models.DateTimeField())
    assert all(AS_OF - dt.timedelta(days=365) <= moment < AS_OF for moment in moments)


def test_a_validator_that_breaks_leaves_it_to_the_database() -> None:
    def broken(value: object) -> None:
        raise RuntimeError("it wants a request")

    assert is_valid(models.CharField(max_length=5, validators=[broken]), "x")
