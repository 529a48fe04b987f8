"""A description that goes to the lab and comes back; tests/cases/test_trees.py and test_seeds.py seed whole databases so."""

from __future__ import annotations

import datetime as dt
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from marketplace.factories import JobFactory, UserFactory
from marketplace.models import Application, Job, User
from perflab.errors import InputError
from perflab.scenario.subject import sending
from perflab.seeding import Between, Each, Mostly, Numbered, Pick, Popular, Sometimes, Table
from perflab.seeding.description import handing, held, standins
from perflab.seeding.description.completing import completed
from perflab.seeding.loading.drawing import family
from perflab.seeding.rows import Rows
from tests.perflab.seeding.odd_models import Bird, Branch, Bud, Defaulted, Saved, Thorn, Twig
from tests.perflab.seeding.test_joined import described as with_children

MODELS = (User, Job, Application, Defaulted, Branch, Twig, Thorn, Bud, Bird, Saved)


@pytest.fixture(autouse=True)
def handed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sending, "REDUCERS", [handing.reduced])
    standins.stand_in_for([handing._model(model) for model in MODELS])
    call = held.called
    monkeypatch.setattr(held, "called", lambda number, arguments: call(number, returned(arguments)))
    yield
    standins._models.clear()
    standins._archetypes.clear()


def sent(value: Any) -> Any:
    """The value in the lab."""
    return pickle.loads(sending.dumps(value))


def returned(value: Any) -> Any:
    """The value where the project is, sent back by the lab."""
    return pickle.loads(pickle.dumps(value))


def users() -> list[Any]:
    return [UserFactory.build(role="client"), *UserFactory.build_batch(3, role="applicant")]


def test_a_model_has_one_stand_in_with_its_fields() -> None:
    here = sent({"model": User, "again": User})
    assert here["model"] is here["again"] is standins.model_of("marketplace.User")
    meta = here["model"]._meta
    assert (meta.label, meta.db_table, here["model"].__name__) == ("marketplace.User", User._meta.db_table, "User")
    assert meta.concrete_model is here["model"]
    assert [field.name for field in meta.local_concrete_fields] == [f.name for f in User._meta.local_concrete_fields]
    (client,) = [field for field in sent(Job)._meta.local_concrete_fields if field.name == "client"]
    assert client.is_relation
    assert client.related_model is here["model"]
    assert client.target_field.attname == "id"
    assert returned(here["model"]) is User


def test_an_instance_has_one_stand_in_with_its_values_and_links() -> None:
    user = UserFactory.build(role="client")
    job = JobFactory.build(client=user)
    here = sent([job, user, job])
    assert here[0] is here[2]
    assert here[0].title == job.title
    assert here[0].pk is None
    assert here[0].link("client") == (here[1], None)
    with pytest.raises(AttributeError):
        _ = here[0].no_such_column
    assert returned(here[0]) is job


def test_what_is_left_to_the_database_is_so_here() -> None:
    from perflab.seeding.description.instances import is_left_to_the_database

    assert is_left_to_the_database(sent(Defaulted(name="x")).luck)


def test_a_table_is_drawn_as_the_projects_own() -> None:
    people = users()
    jobs = JobFactory.build_batch(5, client=people[0])
    described = [
        Table(User, 100, people, columns={"username": Numbered(lambda user: user.role)}),
        Table(
            Job, 200, jobs,
            columns={
                "client": Sometimes(0.9, Popular(User, among=lambda user: user.role == "client")),
                "created_at": Between(lambda job: job.created_at, max(job.created_at for job in jobs)),
            },
            weighted_by=("client", lambda job, user: float(job is jobs[0]) + 0.5),
        ),
    ]  # fmt: skip
    drawn = []
    for tables in (described, sent(described)):
        rows: dict[Any, Rows] = {}
        for table in tables:
            rows[table.model] = Rows(table, 1, rows)
        drawn.append(
            {table.label: {name: rows[table.model].path(name).values for name in table.columns} for table in tables}
        )
        drawn[-1]["archetypes"] = {"job": rows[tables[1].model].archetype}
    for label, columns in drawn[0].items():
        for name, values in columns.items():
            assert values.tolist() == drawn[1][label][name].tolist(), (label, name)


def test_dates_of_saving_are_drawn_as_the_projects_own() -> None:
    tables = completed([Table(Saved, 20, [Saved()])], dt.datetime(2025, 10, 20, tzinfo=dt.UTC))
    here = sent(tables)
    own, theirs = (family(each, 1)[each[0].model] for each in (tables, here))
    assert set(here[0].columns) == {"made", "changed", "day"}
    for name in here[0].columns:
        assert own.path(name).values.tolist() == theirs.path(name).values.tolist()
    assert here[0].archetypes[0].hour == dt.time(0)


def test_the_table_of_a_parent_model_is_drawn_in_parts_as_the_projects_own() -> None:
    drawn = []
    for tables in (with_children(), sent(with_children())):
        rows = family(tables, 1)
        parts = [rows[table.model].part(table) for table in tables]
        drawn.append(
            [
                (part.table.label, str(part.table.child and part.table.child._meta.label), part.first, part.is_first,
                 part.archetype.tolist(), {name: str(part.path(name).values) for name in part.table.columns})
                for part in parts
            ]
        )  # fmt: skip
    assert drawn[0] == drawn[1]
    assert {child for _, child, *_ in drawn[1]} > {"None", "seeding_tests.Bud"}


def test_a_table_comes_back_as_it_was() -> None:
    table = Table(
        Job, 5, JobFactory.build_batch(2), columns={"client": Mostly("x", 0.5, Pick(User))}, keep=False, child=User
    )
    back = returned(sent(table))
    assert back == table


@dataclass(frozen=True)
class Own:
    """A column class of the project's."""

    to: type = User

    def draw(self, rows: Any, rng: Any) -> Any:
        raise NotImplementedError


def test_a_column_class_of_the_projects_own_is_refused_by_name() -> None:
    table = sent(Table(Job, 5, JobFactory.build_batch(1), columns={"client": Own(), "title": Each(User)}))
    with pytest.raises(InputError, match=r"seed of marketplace.Job: the column class Own is the project's own"):
        Rows(table, 1, {}).path("client")
    assert returned(table.columns["client"]) == Own()
