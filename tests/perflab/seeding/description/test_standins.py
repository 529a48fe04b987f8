"""Stand-ins: what they ask the project's process for. test_handing.py makes them from real models and instances."""

from __future__ import annotations

from typing import Any

import pytest

from marketplace.models import Job
from perflab.errors import InputError
from perflab.seeding.description import handing, held, standins
from perflab.seeding.description.held import hold
from perflab.seeding.description.standins import Archetype, Function, model_of, results


def test_functions_are_called_where_they_are_once_for_all_archetypes(monkeypatch: pytest.MonkeyPatch) -> None:
    batches: list[int] = []

    def called(number: int, arguments: Any) -> list[Any]:
        batches.append(len(arguments))
        return [held.held(number)(*each) for each in arguments]

    monkeypatch.setattr(held, "called", called)
    doubled = Function(hold(lambda value: 2 * value))
    assert results(doubled, [(1,), (2,)]) == [2, 4]
    assert doubled(3) == 6
    assert batches == [2, 1]
    assert results(lambda value: value + 1, [(1,)]) == [2]


def test_the_same_value_has_the_same_number() -> None:
    values = [object(), object()]
    numbers = [hold(value) for value in (*values, *values)]
    assert numbers[:2] == numbers[2:]
    assert [held.held(number) for number in numbers[:2]] == values


def test_a_field_prepares_values_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standins, "_models", {})
    standins.stand_in_for([handing._model(Job)])
    here = model_of("marketplace.Job")
    key = here._meta.pk
    monkeypatch.setattr(held, "prepared", lambda model, name, value, connection=None: (model, name, value, connection))
    assert key.get_prep_value("3") == (here, "id", "3", None)
    assert key.get_db_prep_save("3", "c") == (here, "id", "3", "c")


def test_values_are_prepared_by_the_real_field() -> None:
    assert held.prepared(Job, "id", "3") == 3
    assert held.real_model("marketplace.Job") is Job


def test_an_unknown_model_is_named() -> None:
    with pytest.raises(InputError, match=r"no.Such is no model of the project's apps"):
        model_of("no.Such")


def test_an_instance_without_facts_has_nothing_but_its_number() -> None:
    with pytest.raises(AttributeError):
        _ = Archetype(3).pk
