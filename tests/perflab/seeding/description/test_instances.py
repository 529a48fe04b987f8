"""What archetypes bring themselves."""

from __future__ import annotations

from marketplace.factories import IndustryFactory, SubcategoryFactory
from marketplace.models import Industry, Subcategory
from perflab.seeding import Table
from perflab.seeding.description.instances import (
    counted_keys,
    is_default_of_the_database,
    is_left_out,
    is_left_to_the_database,
    link_of,
)
from tests.perflab.seeding.odd_models import Defaulted

RELATION = Subcategory._meta.get_field("industry")


def test_a_link_is_read_without_a_query():
    industry = IndustryFactory.build()
    assert link_of(SubcategoryFactory.build(industry=industry), RELATION).instance is industry
    assert link_of(Subcategory(industry_id=7), RELATION).key == 7
    assert not link_of(Subcategory(), RELATION).is_there


def test_an_instance_that_was_saved_after_the_link_was_made_has_its_key():
    industry = IndustryFactory.build()
    trade = SubcategoryFactory.build(industry=industry)
    industry.pk = 12
    assert link_of(trade, RELATION).key == 12


def test_keys_only_count_unless_the_archetypes_bring_some():
    assert counted_keys(Table(Industry, None, [Industry(), Industry()]), 0) is None
    assert counted_keys(Table(Industry, 5, [Industry(pk=3)]), 0) is None
    keys = counted_keys(Table(Industry, None, [Industry(), Industry(pk=8), Industry(pk=3), Industry()]), 20)
    assert keys is not None and list(keys) == [21, 8, 3, 22]
    keys = counted_keys(Table(Industry, None, [Industry(), Industry(pk=8)]), 0)
    assert keys is not None and list(keys) == [9, 8]


def test_defaults_of_the_database():
    state = Defaulted._meta.get_field("state")
    assert is_default_of_the_database(state)
    assert not is_default_of_the_database(Defaulted._meta.get_field("name"))
    assert is_left_to_the_database(Defaulted().state)
    assert is_left_out(Table(Defaulted, 3, [Defaulted()]), state)
    assert not is_left_out(Table(Defaulted, 3, [Defaulted(), Defaulted(state="x")]), state)
