"""What a description may leave out."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from marketplace.models import User
from perflab.seeding import Each, Numbered, Table, Uuid
from perflab.seeding.description.completing import completed
from perflab.seeding.description.instances import is_left_to_the_database
from tests.perflab.seeding.odd_models import Branch, Defaulted, Owner, Twig, TwigByAnotherName

AS_OF = dt.datetime(2025, 10, 20, tzinfo=dt.UTC)


def test_defaults_that_can_be_told_without_a_database():
    one = Defaulted(name="x")
    completed([Table(Defaulted, 5, [one])], AS_OF)
    assert one.state == "new"
    assert one.made_at == AS_OF
    assert one.day == AS_OF.date()
    assert one.until == AS_OF + dt.timedelta(days=7)
    assert is_left_to_the_database(one.luck), "a random number is the database's"


def test_values_that_are_given_stay():
    one = Defaulted(name="x", state="old", made_at=AS_OF - dt.timedelta(days=1))
    completed([Table(Defaulted, 5, [one])], AS_OF)
    assert (one.state, one.made_at) == ("old", AS_OF - dt.timedelta(days=1))


def test_unique_uuids_are_drawn():
    (table,) = completed([Table(Defaulted, 5, [Defaulted()])], AS_OF)
    assert table.columns == {"token": Uuid(), "key": Uuid()}
    (table,) = completed([Table(Defaulted, None, [Defaulted(token=UUID(int=1))])], AS_OF)
    assert table.columns == {}, "each row has its own"
    (table,) = completed([Table(Owner, 5, [Owner()])], AS_OF)
    assert table.columns == {}, "no default: the project says where keys come from"


def test_a_child_brings_its_parents_table_along():
    twigs = [Twig(leaves=1), Twig(leaves=2)]
    parent, child = completed([Table(Twig, 8, twigs, columns={"above": Each(Branch), "leaves": Numbered("")})], AS_OF)
    assert (parent.model, parent.rows, parent.archetypes, set(parent.columns)) == (Branch, 8, twigs, {"above"})
    assert child.columns == {"branch_ptr": Each(Branch), "leaves": Numbered("")}
    assert child.archetype_from == "branch_ptr"


def test_a_parent_that_is_listed_stays_the_projects():
    tables = [Table(Branch, 8, [Branch()]), Table(Twig, 8, [Twig()], columns={"branch_ptr": Each(Branch)})]
    assert completed(tables, AS_OF) == tables


def test_a_proxy_stands_for_its_model():
    models = [table.model for table in completed([Table(TwigByAnotherName, 2, [Twig(leaves=1)])], AS_OF)]
    assert models == [Branch, Twig]


def test_other_tables_are_as_they_were():
    table = Table(User, 5, [User()], columns={"username": Numbered("u")})
    assert completed([table], AS_OF) == [table]
