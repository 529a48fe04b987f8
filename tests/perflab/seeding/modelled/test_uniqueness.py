"""Columns that differ from row to row, where constraints ask for that."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import models

from perflab.seeding import Distinct, Each, Key, Numbered, Popular, Series, Uuid
from perflab.seeding.modelled.uniqueness import columns_of, most_rows, numbered, unique_sets
from tests.perflab.seeding.modelled.shop import Item, Maker, Rank, Wish

AS_OF = dt.datetime(2025, 10, 20, tzinfo=dt.UTC)


def named(field: Any, name: str = "field") -> Any:
    field.set_attributes_from_name(name)
    return field


@pytest.mark.parametrize(
    ("field", "column"),
    [
        (models.UUIDField(), Uuid()), (models.IntegerField(), Series(1)),
        (models.EmailField(), Numbered("person", "@example.com")),
        (models.CharField(max_length=60), Numbered("field-")), (models.CharField(max_length=6), Key(6)),
        (models.URLField(), Numbered("https://example.com/")), (models.BooleanField(), None),
        (models.CharField(max_length=3, choices=[("a", "A")]), None), (models.FileField(), None), (models.JSONField(), None),
    ],
)  # fmt: skip
def test_each_kind_of_field_has_its_numbers(field: Any, column: object) -> None:
    assert numbered(named(field), AS_OF) == column


def test_a_numbered_text_is_one_that_the_validators_take() -> None:
    assert numbered(Maker._meta.get_field("code"), AS_OF) == Key(6)


def test_moments_differ_within_the_year_before_the_data_ends() -> None:
    assert numbered(named(models.DateTimeField()), AS_OF) == Series(AS_OF - dt.timedelta(days=365), AS_OF)


@pytest.mark.parametrize(
    ("field", "columns"),
    [
        (models.IntegerField(), (Series(1), Series(1_000_001))), (models.CharField(max_length=6), (Key(6), Key(6, "1"))),
        (models.CharField(max_length=60), (Numbered("field-"), Numbered("1-field-"))),
        (models.EmailField(), (Numbered("person", "@example.com"), Numbered("person1-", "@example.com"))),
    ],
)  # fmt: skip
def test_rows_that_several_children_bring_to_one_table_differ(field: Any, columns: tuple[object, object]) -> None:
    assert (numbered(named(field), AS_OF), numbered(named(field), AS_OF, 1)) == columns


def test_constraints_are_found_wherever_they_are_declared() -> None:
    def sets(model: Any) -> list[tuple[str, ...]]:
        return [tuple(field.name for field in fields) for fields in unique_sets(model)]

    assert sets(Item) == [("id",), ("twin",), ("maker", "number")]
    assert ("item", "maker") in sets(Wish)


def test_a_number_begins_anew_for_each_row_that_it_is_unique_with() -> None:
    columns = columns_of(Item, {"maker": Popular(Maker)}, {}, AS_OF)
    assert columns["number"] == Series(1, within="maker")
    assert columns["twin"] == Each(Item)


def test_two_links_are_never_the_same_pair_again() -> None:
    assert columns_of(Wish, {}, {Maker: 10}, AS_OF) == {
        "item": Popular(Item, 0.8, at_most=5), "maker": Popular(Maker, 0.6, distinct_within="item"),
    }  # fmt: skip


def test_a_link_beside_a_truth_is_used_once() -> None:
    assert columns_of(Rank, {}, {}, AS_OF) == {"item": Distinct(Item)}


def test_there_are_no_more_rows_than_differ() -> None:
    assert most_rows(Maker, {}) == 2, "of a kind that has two choices"
    assert most_rows(Item, {Maker: 10, Item: 50}) == 50, "each has another twin"
    assert most_rows(Wish, {Maker: 10, Item: 100}) == 250
    assert most_rows(Wish, {Maker: 1, Item: 100}) == 25
    assert most_rows(Rank, {Item: 7}) == 7


def test_choices_make_rows_differ_by_their_archetypes() -> None:
    assert "kind" not in columns_of(Maker, {}, {}, AS_OF)
