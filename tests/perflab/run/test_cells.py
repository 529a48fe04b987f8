"""Cells: all combinations, their names, and the controls beside them."""

from __future__ import annotations

import pytest

from perflab.run.cells import (
    WHOLE,
    Cell,
    Contrast,
    cell_name,
    cell_of,
    cells_of,
    contrasts,
    controls,
    everything_on,
    from_baseline,
    leave_one_out,
    treatments,
)


def test_three_factors_make_eight_cells_from_all_off_to_all_on() -> None:
    names = [cell.name for cell in treatments(("indexes", "queries", "caching"))]
    assert names == ["all_off", "caching", "queries", "queries+caching",
                     "indexes", "indexes+caching", "indexes+queries", "all_on"]  # fmt: skip


@pytest.mark.parametrize("count", range(1, 7))
def test_every_combination_comes_once(count: int) -> None:
    factors = tuple("abcdef"[:count])
    cells = treatments(factors)
    assert len({tuple(cell.levels.items()) for cell in cells}) == len({cell.name for cell in cells}) == 2**count
    assert all(tuple(cell.levels) == factors for cell in cells), "in the scenario's order"
    assert (cells[0].name, cells[-1].name) == ("all_off", "all_on")


def test_one_factor_alone_is_all_on() -> None:
    assert [cell.name for cell in treatments(("caching",))] == ["all_off", "all_on"]


def test_the_name_follows_the_scenarios_order_not_the_alphabets() -> None:
    assert cell_name({"z": True, "a": True, "m": False}) == "z+a"


def test_each_end_has_an_aa_control_and_the_reference_has_no_subject() -> None:
    twin, twin_off, canary, reference = controls(("a", "b"))
    assert (twin.name, twin.role, twin.levels) == ("twin", "twin", {"a": True, "b": True})
    assert (twin_off.name, twin_off.role, twin_off.levels) == ("twin_off", "twin_off", {"a": False, "b": False})
    assert (canary.name, canary.role, canary.levels) == ("canary", "canary", {"a": True, "b": True})
    assert (reference.name, reference.role, reference.levels) == ("reference", "reference", {})
    assert not reference.is_on("a")


def test_an_experiment_has_treatments_and_controls() -> None:
    cells = cells_of(("a", "b"))
    assert [cell.role for cell in cells] == ["treatment"] * 4 + ["twin", "twin_off", "canary", "reference"]
    assert len({cell.name for cell in cells}) == 8


def test_is_on() -> None:
    cell = Cell("a", "treatment", {"a": True, "b": False})
    assert (cell.is_on("a"), cell.is_on("b"), cell.is_on("c")) == (True, False, False)


def test_a_cell_is_named_by_the_factors_that_are_on_in_the_scenarios_order() -> None:
    factors = ("indexes", "queries", "caching")
    assert cell_of([], factors) == "all_off" and cell_of(factors, factors) == "all_on"
    assert cell_of(["caching", "indexes"], factors) == "indexes+caching"


def test_a_factor_from_baseline_and_left_out() -> None:
    factors = ("indexes", "queries", "caching")
    assert from_baseline("queries", factors) == Contrast("all_off", "queries", "from baseline", "queries")
    assert leave_one_out("queries", factors) == Contrast("indexes+caching", "all_on", "leave-one-out", "queries")
    assert from_baseline("queries", factors).name == "queries from baseline"
    assert leave_one_out("queries", factors).name == "queries leave-one-out"


def test_what_a_report_compares() -> None:
    assert [contrast.name for contrast in contrasts(("a", "b"))] == [
        WHOLE, "a from baseline", "b from baseline", "a leave-one-out", "b leave-one-out", "twin / all_on", "canary / all_on",
    ]  # fmt: skip
    assert WHOLE == "all_on / all_off"
    names = {cell.name for cell in cells_of(("a", "b"))}
    assert {cell for contrast in contrasts(("a", "b")) for cell in (contrast.baseline, contrast.candidate)} <= names


def test_without_factors_there_is_one_cell_its_aa_control_and_nothing_to_compare() -> None:
    assert [cell.name for cell in cells_of(())] == ["all_off", "twin_off", "reference"]
    assert contrasts(()) == []
    assert (everything_on(()), everything_on(("a", "b"))) == ("all_off", "all_on")
