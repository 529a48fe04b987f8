"""What a description may leave out."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from marketplace.models import User
from perflab.seeding import Between, Each, Numbered, Table, Uuid, insert
from perflab.seeding.columns.choices import Inherited
from perflab.seeding.description.completing import completed
from perflab.seeding.description.instances import is_left_to_the_database
from tests.perflab.seeding.odd_models import Branch, Bud, Defaulted, Owner, Saved, Twig, TwigByAnotherName

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


def test_dates_of_saving_are_spread_over_the_year_before(file_with):
    tables = completed([Table(Saved, 200, [Saved()])], AS_OF)
    insert(file_with(Saved), tables, 1)
    rows = list(Saved.objects.all())
    year = dt.timedelta(days=365)
    assert all(AS_OF - year <= row.made <= row.changed <= AS_OF for row in rows)
    assert all((AS_OF - year).date() <= row.day <= AS_OF.date() for row in rows)
    assert len({row.made for row in rows}) > 190, "rows without a time of their own would be ties"
    assert any(row.made < row.changed < AS_OF for row in rows)
    assert {row.hour for row in rows} == {AS_OF.time()}


def test_dates_of_saving_that_are_given_stay():
    made = Between(AS_OF - dt.timedelta(days=1), AS_OF)
    given = Saved(made=AS_OF, changed=AS_OF, day=AS_OF.date(), hour=AS_OF.time())
    (table,) = completed([Table(Saved, 5, [given])], AS_OF)
    assert table.columns == {}
    (table,) = completed([Table(Saved, 5, [given], columns={"made": made})], AS_OF)
    assert table.columns == {"made": made}
    (table,) = completed([Table(Saved, 5, [Saved(), given])], AS_OF)
    assert table.columns == {}, "given to some: a mistake of the description's"


def test_a_child_brings_its_parents_table_along():
    twigs = [Twig(leaves=1), Twig(leaves=2)]
    parent, child = completed([Table(Twig, 8, twigs, columns={"above": Each(Branch), "leaves": Numbered("")})], AS_OF)
    assert (parent.model, parent.rows, parent.archetypes, set(parent.columns)) == (Branch, 8, twigs, {"above"})
    assert (parent.child, child.child) == (Twig, None)
    assert child.columns == {"branch_ptr": Inherited(Branch, Twig), "leaves": Numbered("")}
    assert child.archetype_from == "branch_ptr"


def test_a_parent_that_is_listed_stays_the_projects():
    tables = [Table(Branch, 8, [Branch()]), Table(Twig, 8, [Twig()], columns={"branch_ptr": Each(Branch)})]
    assert completed(tables, AS_OF) == tables


def test_children_bring_rows_into_the_same_table_beside_its_own():
    own, twigs, buds = Table(Branch, 2, [Branch()], keep=False), Table(Twig, 3, [Twig()]), Table(Bud, 4, [Bud()])
    tables = completed([twigs, buds, own], AS_OF)
    assert [(table.model, table.child, table.rows) for table in tables] == [
        (Branch, Twig, 3), (Twig, None, 3), (Branch, Bud, 4), (Twig, Bud, 4), (Bud, None, 4), (Branch, None, 2),
    ]  # fmt: skip
    assert [table.columns for table in tables if table.model is not Branch] == [
        {"branch_ptr": Inherited(Branch, Twig)}, {"branch_ptr": Inherited(Branch, Bud)}, {"twig_ptr": Inherited(Twig, Bud)},
    ]  # fmt: skip
    assert [table.keep for table in tables if table.model is Branch] == [False] * 3


def test_archetypes_that_link_to_listed_rows_bring_none():
    branch = Branch()
    tables = [Table(Branch, None, [branch]), Table(Twig, None, [Twig(branch_ptr=branch)])]
    assert completed(tables, AS_OF) == tables


def test_a_proxy_stands_for_its_model():
    models = [table.model for table in completed([Table(TwigByAnotherName, 2, [Twig(leaves=1)])], AS_OF)]
    assert models == [Branch, Twig]


def test_other_tables_are_as_they_were():
    table = Table(User, 5, [User()], columns={"username": Numbered("u")})
    assert completed([table], AS_OF) == [table]
