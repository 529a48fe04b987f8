"""Params of a request, drawn from a population made by hand."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from perflab.workload.draw import Drawer, Stratified
from tests.perflab.workload.hamlet import hamlet, marketplace

SCENARIO = marketplace()
POPULATION = hamlet(SCENARIO)
ENDPOINTS = {endpoint.name: endpoint for endpoint in SCENARIO.traffic.endpoints}


@pytest.fixture
def drawer() -> Drawer:
    return Drawer(SCENARIO, POPULATION, random.Random(1))


@pytest.mark.parametrize("name", ENDPOINTS)
def test_every_param_gets_a_value(drawer: Drawer, name: str) -> None:
    assert set(drawer.draw(ENDPOINTS[name])) == set(ENDPOINTS[name].params)


def test_the_same_seed_draws_the_same_values(drawer: Drawer) -> None:
    again = Drawer(SCENARIO, POPULATION, random.Random(1))
    for endpoint in list(ENDPOINTS.values()) * 5:
        assert drawer.draw(endpoint) == again.draw(endpoint)


def test_the_first_row_is_drawn_the_more_often_the_larger_zipf_is(drawer: Drawer) -> None:
    shares = {}
    for zipf in (0.0, 1.0):
        drawer.zipf, drawer.popularity = zipf, {}
        counts = Counter(drawer.popular(10) for _ in range(5000))
        assert set(counts) == set(range(10))
        shares[zipf] = counts[0] / 5000
    assert shares[0.0] == pytest.approx(1 / 10, abs=0.02)
    assert shares[1.0] == pytest.approx(1 / sum(1 / n for n in range(1, 11)), abs=0.03)


def test_what_is_used_once_is_not_drawn_twice_while_there_are_other_rows(drawer: Drawer) -> None:
    once = [endpoint for endpoint in ENDPOINTS.values() if endpoint.once]
    assert once
    for endpoint in once:
        drawn: list[tuple[Any, ...]] = [tuple(drawer.drawn(endpoint).values()) for _ in range(40)]
        assert len(set(drawn)) == len(drawn), endpoint.name


def test_numbers_beyond_the_last_row_wrap_around(drawer: Drawer) -> None:
    for endpoint in ENDPOINTS.values():
        rows = [len(slot.rows) for slot in drawer.slots[endpoint.name]]
        if len(rows) == 1:
            assert drawer.picked(endpoint, 0, 0, 0) == drawer.picked(endpoint, rows[0], 0, 0), endpoint.name


def test_of_draws_that_belong_together_one_lies_in_each_part_and_their_order_is_random() -> None:
    stratified = Stratified(random.Random(1), 50)
    for _ in range(20):
        drawn = [stratified.draw() for _ in range(50)]
        assert sorted(int(number * 50) for number in drawn) == list(range(50))
        assert drawn != sorted(drawn)


def test_every_number_is_as_likely_as_any_other() -> None:
    firsts = sorted(Stratified(random.Random(seed), 10).draw() for seed in range(4000))
    distance = max(abs(number - place / 4000) for place, number in enumerate(firsts))
    assert distance < 1.63 / 4000**0.5, "Kolmogorov's 1% limit"
