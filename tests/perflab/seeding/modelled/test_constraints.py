"""Whether an instance satisfies a check constraint, as far as that can be told without a database."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import BooleanField, CheckConstraint, F, Func, Q, UniqueConstraint

from perflab.seeding.modelled.constraints import holds
from tests.perflab.seeding.modelled.shop import Item

NAMES = {"number", "pages", "note"}


def told(condition: Any, **values: Any) -> bool:
    return holds(CheckConstraint(condition=condition, name="c"), Item(**{"number": 5, "pages": 20, **values}), NAMES)


@pytest.mark.parametrize(
    ("condition", "result"),
    [
        (Q(number=5), True), (Q(number__gt=5), False), (Q(number__range=(1, 5)), True), (Q(number__in=[1, 2]), False),
        (Q(number__lt=F("pages")), True), (Q(number__gte=F("pages")), False), (~Q(number=5), False),
        (Q(number=4) | Q(pages=20), True), (Q(number=4) | Q(pages=21), False), (Q(number=5, pages__lte=19), False),
        (Q(note__isnull=True), True), (Q(note="x"), True),  # a null satisfies a check
    ],
)  # fmt: skip
def test_comparisons_with_constants_and_other_fields(condition: Q, result: bool) -> None:
    assert told(condition) is result


@pytest.mark.parametrize(
    "condition",
    [
        Q(price__gt=1), Q(number__regex="^x"), Q(number__gt=F("price")), Q(number="text") | Q(note__gt=5),
        Func("number", function="IS_ODD", output_field=BooleanField()), Q(number=4) | Q(price=1), ~Q(price=1),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_taken_for_satisfied(condition: Any) -> None:
    assert told(condition, note="x")


def test_a_false_part_decides_whatever_the_others_are() -> None:
    assert not told(Q(number=4) & Q(price=1))


def test_another_constraint_is_no_matter_of_values() -> None:
    assert holds(UniqueConstraint(fields=["number"], name="u"), Item(), NAMES)
