"""The parts of the load test's stage that need no server. The whole of it: test_round.py."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import pytest

from perflab.analysis.capacity.estimate import Question
from perflab.errors import InputError
from perflab.experiment.capacity import stage
from perflab.experiment.capacity.stage import SERVED_COST, _cell, _cores, check, first_guesses
from perflab.experiment.host import Pinning
from perflab.experiment.testbed import Testbed as Bed  # pytest collects what begins with Test
from perflab.run.cells import cells_of
from perflab.scenario.capacity import Capacity

CAPACITY = Capacity()


def bed_of(capacity: Capacity | None, capacity_s: float) -> Any:
    subject = SimpleNamespace(python=None, path=[], folder=None)
    scenario = SimpleNamespace(capacity=capacity, subject=subject, factors=[], factor_names=["fast"])
    return SimpleNamespace(question=SimpleNamespace(scenario=scenario, capacity_s=capacity_s), cells=cells_of(["fast"]))


@pytest.mark.parametrize(("capacity", "capacity_s"), [(None, 0.0), (CAPACITY, 0.0)])
def test_without_capacity_or_seconds_it_does_nothing(capacity: Capacity | None, capacity_s: float) -> None:
    """There are no servers, no writer and no phases: whoever touched one would fail."""
    bed = bed_of(capacity, capacity_s)
    stage.run(bed, cast(Any, None), cast(Any, None))
    check(bed.question)


# -- where to look first ---------------------------------------------------------------------------------------------


def samples(*rows: tuple[str, str, float | None, float | None, float | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["cell", "phase", "app_cpu_s", "db_cpu_s", "cache_cpu_s"])
    return frame.astype({"cell": "category", "app_cpu_s": float, "db_cpu_s": float, "cache_cpu_s": float})


QUESTION = Question(within_s=0.2, late_share=0.05, slots=2, cores=1)


def test_the_first_guess_is_the_capacity_of_a_queue_of_what_measured_requests_cost() -> None:
    rows = [("all_off", "measured", 0.005, 0.010, 0.005), ("all_on", "measured", 0.005, None, None)]
    others = [
        ("all_off", "warmup", 9.0, 9.0, 9.0),
        ("all_on", "check", 9.0, 9.0, 9.0),
        ("twin", "measured", 0.020, 0.0, 0.0),
    ]
    guesses = first_guesses(samples(*rows, *others), {"all_off": QUESTION, "all_on": QUESTION})
    # Of constant times: below, and not far below, one request after the other.
    for name, cost_s in (("all_off", 0.020), ("all_on", 0.005)):
        assert 0.6 < guesses[name] * cost_s * SERVED_COST < 1
    assert guesses["all_on"] > 4 * guesses["all_off"], "and a fast one may come closer to it"


def test_a_cell_that_was_not_measured_is_taken_for_all_the_others() -> None:
    rows = ("all_off", "measured", 0.03, 0.0, 0.0), ("all_on", "measured", 0.01, 0.0, 0.0)
    guesses = first_guesses(samples(*rows), {"fast": QUESTION, "all_on": QUESTION})
    assert guesses["fast"] < guesses["all_on"]


# -- cores and cells -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cores", "wanted", "measured", "generators"),
    [
        ((0, 1, 2, 3), None, (1, 2, 3), (0,)),
        ((0, 1, 2, 3), 2, (2, 3), (0, 1)),
        ((0, 1), None, (1,), (0,)),
        ((2, 5), 1, (5,), (2,)),
        # too few: the generator shares the first one
        ((0,), None, (0,), (0,)),
        ((0, 1), 2, (0, 1), (0,)),
        ((0, 1), 9, (0, 1), (0,)),
    ],
)
def test_the_generator_has_cores_of_its_own_where_there_are_enough(
    cores: tuple[int, ...], wanted: int | None, measured: tuple[int, ...], generators: tuple[int, ...]
) -> None:
    pinning = Pinning(True, cores[-1:], cores[:-1] or cores)
    assert _cores(pinning, Capacity(cores=wanted)) == (measured, generators)


def test_cells_are_named_as_the_run_names_them() -> None:
    bed = cast(Bed, bed_of(CAPACITY, 60.0))
    assert _cell(bed, "all_off").name == "all_off"
    for name in ("all_of", "reference"):
        with pytest.raises(InputError) as caught:
            _cell(bed, name)
        message = str(caught.value)
        assert message.startswith(f"capacity.cells names '{name}', which is no cell; the cells are all_off, all_on")
        assert "reference" not in message.partition(";")[2]


def test_a_cell_that_does_not_exist_is_an_error_before_anything_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="which is no cell"):
        stage.run(bed_of(Capacity(cells=["all_off", "slow"]), 60.0), cast(Any, None), cast(Any, None))


# -- what has to be installed ----------------------------------------------------------------------------------------


def test_what_is_installed_is_no_error() -> None:
    check(bed_of(CAPACITY, 60.0).question)


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        (
            "locust",
            r"^the load test needs Locust, which is not installed; `pip install 'perflab\[capacity\]'`, or skip",
        ),
        ("granian", r"^capacity\.server: granian is not installed; `pip install granian`, or skip the load test with"),
    ],
)
def test_what_is_missing_is_one_line_before_anything_is_measured(
    monkeypatch: pytest.MonkeyPatch, missing: str, message: str
) -> None:
    monkeypatch.setattr(stage, "find_spec", lambda name: None if name == missing else object())
    with pytest.raises(InputError, match=message):
        check(bed_of(Capacity(server="granian"), 60.0).question)


@pytest.mark.parametrize("version", ["23.0", None])
def test_the_server_has_to_be_where_the_project_runs(monkeypatch: pytest.MonkeyPatch, version: str | None) -> None:
    interpreter = SimpleNamespace(executable="/shop/bin/python", packages={"gunicorn": version})
    monkeypatch.setattr(stage, "interpreter_of", lambda subject: interpreter)
    question = bed_of(CAPACITY, 60.0).question
    if version is not None:
        check(question)
        return
    with pytest.raises(InputError, match=r"gunicorn is not installed in /shop/bin/python"):
        check(question)
