"""Who is to blame for a difference: a switch that all its cells show, in every round, and otherwise nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from perflab.analysis.responses.answers import changed
from perflab.analysis.responses.blame import factors_on, is_switched
from perflab.analysis.stats.pairs import Pairs
from perflab.run.tables import DIFFERENCES

ONE = ("all_off", "all_on", "twin", "twin_off", "canary")
TWO = ("all_off", "join", "cache", "all_on", "twin", "twin_off", "canary")
Differs = Callable[[str, int, int], bool]


def classes(
    differs: Differs, cells: tuple[str, ...] = ONE, rounds: int = 2, steps: int = 6, masks: Any = (), **more: Any
) -> dict[str, int]:
    """How many responses are of which class, where `differs(cell, round, step)` says which ones differ from the baseline's."""
    places = [(cell, number, step) for number in range(1, rounds + 1) for step in range(steps) for cell in cells]
    samples = pd.DataFrame(
        [
            {
                "round": number, "step": step, "cell": cell, "endpoint": "jobs", "phase": more.get("phase", "measured"),
                "response_digest": f"{step}{'x' if differs(cell, number, step) else ''}",
            }
            for cell, number, step in places
        ]
    )  # fmt: skip
    trace = pd.DataFrame(
        [{"round": number, "step": step, "endpoint": "jobs", "method": "GET", "path": f"/{step}", "body": None, "user": "7",
          "affected_by": None} for number in range(1, rounds + 1) for step in range(steps)]
    ).astype({"affected_by": "Int32"})  # fmt: skip
    differences = pd.DataFrame(
        [
            {"round": number, "step": step, "cell": cell, "endpoint": "jobs", "pointer": more.get("pointer", "/body/n"),
             "kind": more.get("kind", "value"), "expected": "1", "got": "2"}
            for cell, number, step in places if differs(cell, number, step)
        ],
        columns=list(DIFFERENCES.names),
    )  # fmt: skip
    rows = changed(Pairs.of(samples, measured_only=False), trace, differences, None, masks)
    assert "canary" not in set(rows["cell"])
    return {str(name): int(count) for name, count in rows["class"].value_counts().items()}


def on(cell: str) -> bool:
    return cell in ("all_on", "twin", "canary")


def test_a_switch_is_blamed_where_all_its_cells_and_no_other_show_it_in_every_round() -> None:
    assert classes(lambda cell, number, step: on(cell)) == {"content": 24}
    assert classes(lambda cell, number, step: on(cell) or cell == "cache", TWO) == {"content": 36}
    assert classes(lambda cell, number, step: on(cell), TWO) == {"content": 24}, "both together"


@pytest.mark.parametrize(
    "differs",
    [
        lambda cell, number, step: cell == "all_on",
        lambda cell, number, step: cell in ("twin", "canary"),
        lambda cell, number, step: on(cell) and cell != "canary",
        lambda cell, number, step: on(cell) or cell == "twin_off",
        lambda cell, number, step: cell == "twin_off",
        lambda cell, number, step: on(cell) and number == 1,
        lambda cell, number, step: on(cell) if number == 1 else cell == "all_on",
        lambda cell, number, step: on(cell) and step % 3 == ONE.index(cell) % 3,
    ],
    ids=[
        "one",
        "another",
        "not all",
        "the baseline's too",
        "the baseline's",
        "one round",
        "another in a round",
        "other steps",
    ],
)
def test_nobody_is_blamed_for_what_only_some_of_identical_cells_show_or_only_one_round(differs: Differs) -> None:
    assert set(classes(differs)) == {"unstable"}


@pytest.mark.parametrize("cells", [{"cache"}, {"join", "all_on", "twin"}, {"join", "cache"}])
def test_nobody_is_blamed_where_cells_with_the_switch_on_do_not_show_it(cells: set[str]) -> None:
    assert set(classes(lambda cell, number, step: cell in cells, TWO)) == {"unstable"}


def test_a_rare_difference_may_be_missing_from_a_round_in_which_nothing_speaks_against_it() -> None:
    rare = classes(lambda cell, number, step: on(cell) and (number, step) in ((1, 3), (2, 7)), steps=12, rounds=3)
    assert rare == {"content": 4}


def test_what_only_checks_show_counts_in_the_round_that_has_them() -> None:
    assert set(
        classes(lambda cell, number, step: on(cell) and cell != "canary", cells=ONE[:4], rounds=1, phase="check")
    ) == {"content"}


def test_a_mask_that_was_found_late_covers_what_was_kept_before() -> None:
    masks = [{"endpoint": "jobs", "pointer": "/body/n", "kind": "value"}]
    assert classes(lambda cell, number, step: cell == "all_on", masks=masks) == {}
    assert classes(lambda cell, number, step: cell == "all_on", masks=[{**masks[0], "endpoint": "other"}]) != {}
    assert classes(lambda cell, number, step: on(cell), masks=[{**masks[0], "pointer": "/body/m"}]) == {"content": 24}


def test_under_a_mask_the_value_of_another_caller_is_still_a_difference() -> None:
    masks = [{"endpoint": "jobs", "pointer": "/body/n", "kind": "token"}]
    assert classes(lambda cell, number, step: on(cell), masks=masks, kind="leak") == {"cross_user_leak": 24}


def test_cells_are_known_by_their_names() -> None:
    assert factors_on(["all_off", "a", "a+b", "all_on", "twin_off"])["a+b"] == {"a", "b"}
    assert factors_on(["all_off", "all_on"], ["a", "b"])["twin"] == {"a", "b"}
    levels = factors_on([*TWO])
    assert is_switched({"cache", *ONE[1:3]}, {"all_off", "join", "cache", "all_on", "twin", "twin_off"}, levels)
    assert not is_switched({"all_on"}, {"all_on", "twin"}, levels)
    assert not is_switched({"all_off"}, {"all_off"}, levels) and not is_switched(set(), {"all_on"}, levels)
