"""A parent model's table with rows of its own and those of children, in both databases."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from perflab.errors import InputError
from perflab.seeding import CountOf, Each, Numbered, OneOf, Popular, Sometimes, Table, insert, multiply
from perflab.seeding.description.completing import completed
from perflab.seeding.description.mistakes import check
from perflab.seeding.joined import Joined
from perflab.seeding.loading.drawing import family
from perflab.seeding.present import UNKNOWN, Kept, Present
from tests.perflab.seeding.odd_models import Bird, Branch, Bud, Thorn, Twig

AS_OF = dt.datetime(2025, 10, 20, tzinfo=dt.UTC)
MODELS = (Branch, Twig, Thorn, Bud, Bird)
ROOT = {"root": Popular(Branch)}
FIRST_DAY = dt.date(2025, 1, 1)


def described() -> list[Table]:
    """Seven branches that are nothing else, ten twigs, ten thorns and eight buds, which are twigs; birds sit on all of them."""
    return completed(
        [
            Table(Twig, 10, [Twig(leaves=1), Twig(leaves=2)], columns=ROOT),
            Table(Thorn, 10, [Thorn()], columns={**ROOT, "above": Popular(Branch), "sharp": Numbered("t")}),
            Table(Branch, 7, [Branch()], columns={"root": Popular(Branch), "above": Sometimes(0.5, Each(Branch))}),
            Table(Bud, 8, [Bud(leaves=n, opens=FIRST_DAY + dt.timedelta(n)) for n in range(3)], columns=ROOT),
            Table(Bird, 500, [Bird()], columns={"sits_on": Popular(Branch, exponent=0)}),
        ],
        AS_OF,
    )


def contents() -> dict[str, list[Any]]:
    return {model.__name__: list(model.objects.order_by("pk").values_list()) for model in MODELS}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def load(request: pytest.FixtureRequest) -> Any:
    """A function that fills a database with these tables."""
    if request.param == "sqlite":
        connection = request.getfixturevalue("file_with")(*MODELS)
        return lambda tables, present=UNKNOWN: insert(connection, tables, 1, present=present)
    name, connection = request.getfixturevalue("database")
    postgres = request.getfixturevalue("postgres")
    with connection.schema_editor() as editor:
        for model in MODELS:
            editor.create_model(model)
    connection.close()
    return lambda tables, present=UNKNOWN: multiply(
        lambda: postgres.connect(name), tables, 1, connection, present=present
    )


def test_each_child_has_rows_of_its_own_in_the_parents_table(load: Any) -> None:
    counts = load(described())
    assert {label.split(".")[1]: count for label, count in counts.items()} == {
        "Branch": 35, "Twig": 18, "Thorn": 10, "Bud": 8, "Bird": 500,
    }  # fmt: skip
    keys = {model: set(model.objects.values_list("pk", flat=True)) for model in MODELS}
    assert keys[Branch] == set(range(1, 36))
    assert keys[Bud] < keys[Twig] and not keys[Twig] & keys[Thorn]
    assert len(keys[Branch] - keys[Twig] - keys[Thorn]) == 7, "branches that are nothing else"
    assert {thorn.sharp for thorn in Thorn.objects.all()} == {f"t{n}" for n in range(1, 11)}
    assert {(bud.leaves, bud.opens) for bud in Bud.objects.all()} == {
        (n, FIRST_DAY + dt.timedelta(n)) for n in range(3)
    }
    rows = list(Branch.objects.all())
    assert all(row.above is None or row.above.pk < row.pk for row in rows)
    assert all(row.root.pk <= row.pk for row in rows)
    sat_on = set(Bird.objects.values_list("sits_on_id", flat=True))
    assert sat_on & keys[Bud] and sat_on & keys[Thorn] and sat_on <= keys[Branch]
    assert Branch.objects.create(root_id=1).pk == 36
    before = contents()
    load(described())
    assert contents() != before and Branch.objects.count() == 35, "the rows that were there are replaced"


@pytest.mark.servers
def test_both_databases_get_the_same_rows(file_with: Any, new_database: Any, postgres: Any) -> None:
    from perflab.seeding.target import django_on

    insert(file_with(*MODELS), described(), 1)
    here = contents()
    name = new_database()
    with django_on(postgres.django_settings(name)) as connection:
        with connection.schema_editor() as editor:
            for model in MODELS:
                editor.create_model(model)
        connection.close()
        multiply(lambda: postgres.connect(name), described(), 1, connection)
        assert contents() == here


def test_rows_that_stay_and_keys_that_are_given(load: Any) -> None:
    load([Table(Branch, None, [Branch(pk=40, root_id=40)])])
    present = Present(kept={Branch: Kept(frozenset({40}), 40)}, kinds=dict.fromkeys(MODELS, "r"))
    tables = completed(
        [
            Table(Twig, 2, [Twig(leaves=1)], columns=ROOT),
            Table(Branch, None, [Branch(pk=50), Branch()], columns={"root": Each(Branch)}),
        ],
        AS_OF,
    )
    assert load(tables, present)["seeding_tests.Branch"] == 5
    assert set(Branch.objects.values_list("pk", flat=True)) == {40, 50, 51, 52, 53}
    assert set(Twig.objects.values_list("pk", flat=True)) == {52, 53}


def test_other_tables_link_to_archetypes_of_any_part() -> None:
    own, twig = Branch(), Twig(leaves=1)
    root = {"root": Each(Branch)}
    tables = completed(
        [
            Table(Twig, None, [Twig(leaves=2), twig], columns=root),
            Table(Branch, None, [own], columns=root),
            Table(Bird, None, [Bird(sits_on=twig), Bird(sits_on=own)]),
        ],
        AS_OF,
    )
    check(tables)
    rows = family(tables, 1)
    assert isinstance(rows[Branch], Joined)
    assert rows[Bird].path("sits_on").values.tolist() == [2, 0], "a parent's own rows come first"


def test_columns_about_children_of_rows_count_in_each_part() -> None:
    tables = [
        Table(Branch, 3, [Branch()], columns={"counted": CountOf(Bird, "sits_on"), "one": OneOf(Bird, "sits_on")}),
        Table(
            Branch,
            2,
            [Twig()],
            columns={"counted": CountOf(Bird, "sits_on"), "one": OneOf(Bird, "sits_on")},
            child=Twig,
        ),
        Table(Bird, 60, [Bird()], columns={"sits_on": Popular(Branch)}),
    ]
    rows = family(tables, 1)
    links = rows[Bird].path("sits_on").values
    assert rows[Branch].path("counted").values.tolist() == np.bincount(links, minlength=5).tolist()
    ones = rows[Branch].path("one").values
    assert all(links[bird] == number for number, bird in enumerate(ones) if bird >= 0)
    assert rows[Branch].first_of(Twig) == 3


def test_parts_do_not_repeat_each_others_values() -> None:
    tables = [
        Table(Branch, 50, [Branch()], columns={"above": Popular(Branch, exponent=0)}, child=child)
        for child in (Twig, Thorn)
    ]
    first, second = np.split(family(tables, 1)[Branch].path("above").values, 2)
    assert (first != second).mean() > 0.5
    assert second.max() >= 50, "a later part links to all rows before it"


def test_a_model_that_is_listed_twice_is_a_mistake() -> None:
    with pytest.raises(InputError, match="listed twice"):
        check(completed([Table(Twig, 1, [Twig(leaves=1)], columns=ROOT)] * 2, AS_OF))
