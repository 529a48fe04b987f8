"""Which reads ordinary traffic makes after a write."""

from __future__ import annotations

import random

import pytest

from perflab.scenario.traffic import Endpoint
from perflab.workload.draw import Drawer
from perflab.workload.followups import followups, read_back
from tests.perflab.workload.hamlet import hamlet, marketplace

SCENARIO = marketplace()
POPULATION = hamlet(SCENARIO)


def reads_after(name: str, who: str) -> tuple[dict[str, object], list[tuple[Endpoint, dict[str, object]]], int]:
    write = SCENARIO.endpoint(name).model_copy(update={"read_back": who})
    drawer = Drawer(SCENARIO, POPULATION, random.Random(1))
    values = drawer.draw(write)
    every = followups(SCENARIO, POPULATION, drawer, write, values)
    return values, [(read, dict(filled)) for read, filled in read_back(write, values, every)], len(every)


def test_by_default_the_writer_reads_one_thing_back() -> None:
    assert SCENARIO.endpoint("pay").read_back == "caller"
    values, reads, every = reads_after("pay", "caller")
    ((read, filled),) = reads
    assert read.name == "payments" and filled["user_id"] == values["payer_id"], "not the one who is paid"
    assert every > 1


@pytest.mark.parametrize(("who", "count"), [("everyone", 2), ("nobody", 0)])
def test_everyone_or_nobody_does(who: str, count: int) -> None:
    _, reads, every = reads_after("pay", who)
    assert len(reads) == count and every == 2


def test_what_only_others_see_is_read_by_the_first_of_them() -> None:
    write = SCENARIO.endpoint("pay").model_copy(update={"as_": None})
    drawer = Drawer(SCENARIO, POPULATION, random.Random(1))
    values = drawer.draw(write)
    every = followups(SCENARIO, POPULATION, drawer, write, values)
    assert list(read_back(write, values, every)) == every[:1]
