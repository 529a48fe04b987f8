"""Another server for the load test."""

from __future__ import annotations

from perflab.scenario.capacity import Capacity
from perflab.scenario.factors.base import CellChanges, Context
from perflab.scenario.factors.server import ServerFactor

THREADS = ServerFactor.model_validate(
    {"name": "threads", "kind": "server", "when_on": {"class": "gthread", "threads": 4}}
)


def test_it_changes_what_it_names_and_nothing_else() -> None:
    assert THREADS.changes(True, Context()) == CellChanges(server={"class": "gthread", "threads": 4})
    assert THREADS.changes(False, Context()) == CellChanges()
    assert THREADS.describe() == "server: class gthread, threads 4 when on"


def test_the_load_test_is_on_the_server_that_the_factors_say_the_later_one_first() -> None:
    granian = ServerFactor.model_validate({"name": "granian", "kind": "server", "when_on": {"server": "granian"}})
    both = THREADS.changes(True, Context()) | granian.changes(True, Context())
    capacity = Capacity(workers=2)
    assert (capacity.on({}).kind, capacity.on({}).slots) == ("gunicorn sync", 2)
    assert capacity.on(THREADS.changes(True, Context()).server).kind == "gunicorn gthread"
    granian_alone = capacity.on(granian.changes(True, Context()).server)
    assert (granian_alone.kind, granian_alone.slots) == ("granian", 2)
    assert both.server == {"class": "gthread", "threads": 4, "server": "granian"}
