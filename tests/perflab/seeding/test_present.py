"""What is in a database before it is seeded."""

from __future__ import annotations

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType

from marketplace.models import Industry, Job, Subcategory
from perflab.scenario.subject.tables import migrate
from perflab.seeding import Numbered, Popular, Table
from perflab.seeding.present import Before, look, read_present, unmanaged, with_tables
from tests.perflab.seeding.odd_models import Owner


def test_tables_and_rows_that_migrating_made(database):
    migrate()
    before = look()
    assert before.kinds[Job] == "r"
    assert {ContentType, Permission} <= before.filled
    assert Industry not in before.filled


def test_rows_to_link_to_and_rows_that_stay(database):
    migrate()
    Industry.objects.create(pk=70, name="there")
    before = look()
    Subcategory.objects.create(name="by the project's function", industry_id=70)
    tables = [
        Table(Industry, 5, [Industry()], columns={"name": Numbered("")}),
        Table(Subcategory, 5, [Subcategory()], columns={"industry": Popular(Industry)}),
        Table(Permission, 5, [Permission()], columns={"name": Numbered("")}),
    ]
    present = read_present(tables, before)
    assert present.kept[Industry].last == 70
    assert present.kept[Industry].keys == {70}
    assert Subcategory not in present.kept, "a row of the project's own function is replaced"
    assert Permission in present.kept
    assert set(present.tables) == {ContentType}, "linked to, and not seeded"
    assert len(present.tables[ContentType].archetypes) == ContentType.objects.count()
    assert present.is_known


def test_a_table_may_be_replaced_whole(database):
    migrate()
    Industry.objects.create(pk=70, name="there")
    present = read_present([Table(Industry, 5, [Industry()], keep=False)], look())
    assert present.kept == {}


def test_models_without_a_table_are_remarked_on():
    before = Before({Job: "r", Owner: None}, frozenset())
    remark = "seeding_tests.Owner has no table seeding_tests_owner: no migration makes it"
    assert unmanaged(before.kinds, before.kinds) == [remark]
    assert "may lack indexes that it has in production" in unmanaged(before.kinds, {Owner: "r"})[0]


def test_what_the_function_made_itself_is_there(database):
    _, connection = database
    migrate()
    before = Before({Owner: None}, frozenset())
    with connection.schema_editor() as editor:
        editor.create_model(Owner)
    assert with_tables([Table(Owner, 1, [Owner()])], before).kinds[Owner] == "r"
