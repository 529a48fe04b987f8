"""The description of a project's data by its models; what databases make of it: perflab/cli/test_init.py."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest
from django.apps import apps

from marketplace.models import Job, Profile, SavedJob, User
from perflab.seeding import After, Between, Each, Numbered, Popular, Sometimes, Table
from perflab.seeding.description.completing import completed
from perflab.seeding.description.mistakes import mistakes
from perflab.seeding.modelled import tables as module
from perflab.seeding.modelled.constraints import holds
from perflab.seeding.modelled.tables import from_models, seeded_models
from tests.perflab.seeding.modelled.shop import Item, Maker, Rank, Wish
from tests.perflab.seeding.odd_models import Branch, Bud, Thorn, Twig

AS_OF = dt.datetime(2025, 10, 20, tzinfo=dt.UTC)
SHOP = [Maker, Item, Wish, Rank]


def described(monkeypatch: pytest.MonkeyPatch, models: list[Any], **rows: int) -> dict[Any, Table]:
    monkeypatch.setattr(apps, "get_models", lambda **_: models)
    return {table.model: table for table in from_models(AS_OF, rows, random.Random(1))}


def test_the_marketplace_is_described_without_a_mistake() -> None:
    tables = from_models(AS_OF, {"every": 40, "marketplace.Job": 60}, random.Random(1))
    counts = {table.label: table.count for table in tables}
    assert (counts["marketplace.Job"], counts["marketplace.User"]) == (60, 40)
    assert mistakes(completed(tables, AS_OF), trial_seed=1) == []


def test_links_uniqueness_and_moments_have_columns_of_their_own() -> None:
    tables = {table.model: table for table in from_models(AS_OF, {"every": 40}, random.Random(1))}
    assert isinstance(tables[User].columns["username"], Numbered)
    assert tables[Profile].columns["user"] == Each(User)
    assert isinstance(tables[Job].columns["client"], Popular)
    saved = tables[SavedJob].columns
    assert {saved["user"], saved["job"]} >= {next(c for c in saved.values() if getattr(c, "distinct_within", None))}


def test_rows_satisfy_every_constraint(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = described(monkeypatch, SHOP, every=300)
    assert mistakes(completed(list(tables.values()), AS_OF), trial_seed=1) == []
    assert {table.count for table in tables.values()} == {2, 300, 150}
    names = {"price", "least", "pages", "is_active"}
    for item in tables[Item].archetypes:
        assert all(holds(constraint, item, names) for constraint in Item._meta.constraints)
    assert {vars(maker)["kind"] for maker in tables[Maker].archetypes} == {"a", "b"}


def test_what_ends_does_so_after_what_begins_and_little_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = described(monkeypatch, SHOP, every=10)[Item].columns
    assert columns["began"] == Between(AS_OF - dt.timedelta(days=365), AS_OF)
    assert columns["ended"] == Sometimes(0.7, After("began", (0.1, 60), AS_OF))
    assert columns["due"] == After("began", (0.1, 60))
    over = columns["deleted_at"]
    assert isinstance(over, Sometimes) and over.share == 0.05


def test_a_table_without_its_parents_is_empty_too(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(described(monkeypatch, SHOP, **{"every": 10, "modelled_tests.Maker": 0})) == set()
    assert set(described(monkeypatch, SHOP, **{"every": 10, "modelled_tests.Item": 0})) == {Maker}


def test_a_model_with_children_has_only_their_rows_unless_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    family = [Branch, Twig, Thorn, Bud]
    tables = described(monkeypatch, family, every=20)
    assert set(tables) == {Thorn, Bud}
    assert mistakes(completed(list(tables.values()), AS_OF), trial_seed=1) == []
    assert Branch in described(monkeypatch, family, **{"every": 20, "seeding_tests.Branch": 5})


def test_what_django_fills_itself_is_left_out_unless_it_is_named() -> None:
    def labels(**rows: int) -> set[str]:
        return {model._meta.label for model in seeded_models(rows)}

    assert not labels() & module.LEFT_OUT
    (label,) = [each for each in sorted(module.LEFT_OUT) if each == "contenttypes.ContentType"]
    assert label in labels(**{label: 3})


def test_the_same_generator_gives_the_same_description() -> None:
    first, second = (from_models(AS_OF, {"every": 5}, random.Random(7)) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert one.columns == other.columns
        names = [field.attname for field in one.model._meta.concrete_fields if field.name not in one.columns]
        values = [[[getattr(each, name) for name in names] for each in table.archetypes] for table in (one, other)]
        assert values[0] == values[1]
