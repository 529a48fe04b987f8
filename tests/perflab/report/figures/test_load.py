"""The figure of response times under load."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pandas as pd
import pytest

from perflab.report.figures import ALL, theme
from perflab.report.figures.data import Data
from tests.perflab.load_rows import lagging, level, off, on, pair
from tests.perflab.summaries import summary_of

load = ALL["load"]


def data(*rows: dict[str, Any]) -> Data:
    return Data(summary_of(capacity=list(rows)), pd.DataFrame(), (), ())


LEVELS = [level(15.0), level(20.0), level(25.0, kind="far")]
GOOD = data(off(levels=LEVELS), on(levels=[level(80.0), level(100.0)]), on(cell="twin", levels=LEVELS), pair())


def test_the_headline_has_the_capacity_of_both_ends() -> None:
    assert load.headline(GOOD) == "Everything off: 20.0 requests a second; everything on: 90.0 requests a second"
    assert load.headline(data(on(levels=LEVELS))) == "Everything on: 90.0 requests a second"


def test_the_table_has_a_row_for_each_window_of_both_ends() -> None:
    table = load.table(GOOD)
    assert table[["cell", "rate_per_s", "p95_s"]].to_numpy().tolist() == [
        ["all_off", 15.0, 0.15], ["all_off", 20.0, 0.2], ["all_off", 25.0, 0.25], ["all_on", 80.0, 0.8], ["all_on", 100.0, 1.0],
    ]  # fmt: skip


@pytest.mark.parametrize("changes", [{"kind": kind} for kind in ("settle", "overload", "recovery")] + [{"p95_s": None}])
def test_windows_that_settle_or_overload_or_have_too_few_requests_are_not_drawn(changes: dict[str, Any]) -> None:
    assert len(load.table(data(off(levels=[level(15.0), level(16.0, **changes)])))) == 1
    assert not load.applies(data(off(levels=[level(16.0, **changes)])))


def test_the_description_has_the_range_of_each_cell_and_the_objective() -> None:
    assert load.description(GOOD) == (
        "Scatter chart. Everything off: 20.0 requests a second; everything on: 90.0 requests a second. everything off from 15.0 "
        "to 25.0 requests a second: 95th percentile of 150 ms to 250 ms; everything on from 80.0 to 100 requests a second: 95th "
        "percentile of 800 ms to 1.00 s. The objective is 500 ms."
    )


def test_the_capacity_is_a_line_with_its_interval_as_a_shade() -> None:
    ax = load.draw(GOOD)
    every: Any = ax.lines
    marks, lines = every[:2], every[2:]
    assert [len(mark.get_xdata()) for mark in marks] == [3, 2]
    assert [line.get_xdata()[0] for line in lines[:2]] == [20.0, 90.0]
    assert lines[2].get_ydata()[0] == 0.5 and [text.get_text() for text in ax.texts] == ["objective: 500 ms"]
    assert len(ax.patches) == 2
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


def test_without_an_interval_there_is_no_shade() -> None:
    rate = {"estimate": 20.0, "low": None, "high": None}
    assert len(load.draw(data(off(rate_per_s=rate, levels=LEVELS))).patches) == 0


def test_a_capacity_that_is_unknown_is_no_line() -> None:
    lagged = data(off(levels=LEVELS), lagging(levels=[level(80.0)]))
    lines: Any = load.draw(lagged).lines[2:]
    assert [line.get_xdata()[0] for line in lines[:-1]] == [20.0]
    assert load.headline(lagged) == "Everything off: 20.0 requests a second"
    assert load.headline(data(lagging(levels=LEVELS))) == "How many users the system serves is unknown"


def test_it_can_be_written_as_a_file() -> None:
    picture = theme.svg(load.draw(GOOD), load.headline(GOOD), load.description(GOOD))
    assert ET.fromstring(picture).tag.endswith("svg") and "requests a second" in picture


def test_without_a_load_test_the_page_has_no_such_figure() -> None:
    nothing = data()
    assert load.applies(GOOD) and not load.applies(nothing)
    assert load.headline(nothing) == "How many users the system serves is unknown"
    assert load.description(nothing) == "Empty chart. There was no load test."
    assert [text.get_text() for text in load.draw(nothing).texts] == ["There was no load test."]
