"""Values of archetypes, as COPY text and as they are bound; test_text.py and test_records.py write them into databases."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.errors import InputError
from perflab.seeding.loading.binding import bound, escaped, hstore, texts
from tests.perflab.seeding.loading.test_text import things
from tests.perflab.seeding.odd_models import Thing


def test_escapes() -> None:
    assert escaped("a\\b\tc\nd\re\x08\x0b\x0c") == r"a\\b\tc\nd\re\b\v\f"


def test_hstore() -> None:
    assert hstore({"a": "b", 'q"\\': None, "": "=>, "}) == '"a"=>"b", "q\\"\\\\"=>NULL, ""=>"=>, "'


def test_a_value_that_the_database_does_not_take_is_named(database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _, connection = database
    monkeypatch.setattr("perflab.seeding.loading.binding._by_psycopg", lambda model, fields: None)
    assert texts(Thing, things()[:1], ["order", "amount", "maybe"], connection) == ["0\t-12345.6789\tplain"]
    thing = things()[0]
    thing.text = "nul \0"
    with pytest.raises(InputError, match=r"seed of seeding_tests.Thing: an archetype's values cannot be bound: "):
        texts(Thing, [thing], ["text"], connection)


def test_bound_values_can_be_sent_to_another_process(database: Any) -> None:
    _, connection = database
    (values,) = bound(Thing, [things()[1]], ["raw", "text"], connection)
    assert values[1] == things()[1].text
    assert not isinstance(values[0], memoryview)
