"""Which endpoints change by themselves: runs in which each cell's answers are written down."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

import pandas as pd
import pytest

from perflab.analysis.responses.nondeterminism import nondeterministic
from perflab.analysis.stats.pairs import Pairs

CELLS = (
    "all_off", "indexes", "queries", "caching", "indexes+queries", "indexes+caching", "queries+caching", "all_on", "twin",
    "canary",
)  # fmt: skip
STEPS = 40


def named(answer: Callable[[str, int], object], cells: tuple[str, ...] = CELLS, steps: int = STEPS) -> list[str]:
    """Of two endpoints the second answers so, by cell and step; the first is always right."""
    rows: list[Mapping[str, object]] = [
        {"round": 1, "step": 2 * n + place, "cell": cell, "endpoint": name, "response_digest": str(content)}
        for n in range(steps)
        for cell in cells
        for place, (name, content) in enumerate([("steady", n), ("restless", answer(cell, n))])
    ]
    pairs = Pairs.of(pd.DataFrame(rows), measured_only=False)
    return nondeterministic(pairs, pairs.codes("response_digest"))


def drawn(values: int) -> Callable[[str, int], object]:
    chance = random.Random(7)
    return lambda cell, step: chance.randrange(values)


@pytest.mark.parametrize("values", [2, 3, 1000])
def test_what_is_drawn_anew_in_every_cell_changes_by_itself(values: int) -> None:
    assert named(drawn(values)) == ["restless"]


def test_two_factors_are_enough_and_one_is_not() -> None:
    assert named(drawn(1000), ("all_off", "queries", "caching", "all_on", "twin")) == ["restless"]
    assert named(drawn(1000), ("all_off", "all_on", "twin")) == [], "the one factor may have made it so"
    assert named(drawn(1000), ("all_off", "queries", "caching", "all_on")) == [], "without a twin nobody knows"


def test_a_switch_that_makes_responses_random_is_to_blame() -> None:
    chance = random.Random(7)
    assert (
        named(lambda cell, step: chance.random() if "queries" in cell or cell in ("all_on", "twin", "canary") else step)
        == []
    )


def test_two_switches_that_spoil_responses_are_to_blame_though_the_aa_controls_differ() -> None:
    """One makes them random, one is always wrong: the cell with neither still answers as the baseline."""
    chance = random.Random(7)

    def answer(cell: str, step: int) -> object:
        if "queries" in cell or cell in ("all_on", "twin", "canary"):
            return chance.random()
        return "wrong" if "caching" in cell else step

    assert named(answer) == []


def test_one_step_is_too_little_to_acquit_a_switch() -> None:
    assert named(drawn(1000), steps=1) == []
    assert named(drawn(1000), steps=2) == ["restless"]


def test_what_is_always_the_same_is_not_named() -> None:
    assert named(lambda cell, step: step) == []
    assert named(lambda cell, step: cell.replace("twin", "all_on")) == [], (
        "each cell answers otherwise, the twins alike"
    )


def test_steps_without_an_response_do_not_count() -> None:
    """The baseline takes no part in the warm-up: nobody knows what it would have said."""
    chance = random.Random(7)
    rows = [
        {"round": 1, "step": n, "cell": cell, "endpoint": "restless", "response_digest": str(chance.random())}
        for n in range(STEPS)
        for cell in CELLS[1:]
    ]
    pairs = Pairs.of(pd.DataFrame(rows), measured_only=False)
    assert nondeterministic(pairs, pairs.codes("response_digest")) == []
