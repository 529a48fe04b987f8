"""What goes past Django: statements that it did not send, and connections that requests open."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from perflab.analysis.database.bypass import disagreement, reconnects, unsent_signals

SCENARIO = {"traffic": {"endpoints": [{"name": "page", "method": "GET", "path": "/", "weight": 1}]}}


def counted(sent: int, received: int, *unseen: tuple[str, int], cell: str = "all_on") -> dict[str, Any]:
    texts = [{"sql": sql, "times": times} for sql, times in unseen]
    return {"round": 1, "cell": cell, "sent": sent, "received": received, "unseen": texts}


def test_more_statements_than_django_sent_are_a_finding_with_an_example() -> None:
    rows = [
        counted(1000, 1900),
        counted(1000, 1600, ("SELECT max(stock) FROM item", 590), ("SHOW x", 3), cell="all_off"),
    ]
    (finding,) = disagreement(rows)
    assert (finding.kind, finding.severity, finding.count) == ("query_counts_disagree", "warning", 1500)
    assert "received 1,600 statements from all_off, of which Django sent 1,000" in finding.sentence
    assert "such as SELECT max(stock) FROM item (590 times)" in finding.sentence


@pytest.mark.parametrize(("sent", "received"), [(1000, 1010), (1000, 1000), (1000, 900), (10, 15), (0, 5)])
def test_few_more_and_fewer_are_none(sent: int, received: int) -> None:
    """A few come from setting connections up; a statement that fails is counted by Django alone."""
    assert disagreement([counted(sent, received)]) == []
    assert disagreement([]) == []


def samples(connects: list[int | None], phase: str = "measured", cell: str = "all_on") -> pd.DataFrame:
    rows = [
        {"round": 1 + n % 2, "step": n, "cell": cell, "phase": phase, "endpoint": "page", "connects": number}
        for n, number in enumerate(connects)
    ]
    return pd.DataFrame(rows).astype({"connects": "Int32"})


def test_requests_that_connect_again_and_again_are_a_finding() -> None:
    (finding,) = reconnects(samples([1] * 10), SCENARIO)
    assert (finding.kind, finding.endpoint, finding.method, finding.count) == ("reconnects", "page", "GET", 10)
    assert finding.sentence.startswith("10 of 10 requests of page open a new database connection:")
    assert finding.steps[0] == {"round": 1, "step": 0}
    (finding,) = reconnects(samples([2, 3] * 5), SCENARIO)
    assert "2.5 new database connections on average" in finding.sentence


@pytest.mark.parametrize(
    "connects",
    [[0] * 10, [None] * 10, [1, 1, 1, 1, 0, 0, 0, 0, 0, 0], [0] * 9 + [1], []],
    ids=["never", "unknown", "a pool that fills", "once", "no request"],
)
def test_connections_that_stay_are_none(connects: list[int | None]) -> None:
    frame = samples(connects) if connects else samples([0]).iloc[:0]
    assert reconnects(frame, SCENARIO) == []


def test_only_measured_requests_with_everything_on_count() -> None:
    assert reconnects(samples([1] * 10, phase="warmup"), SCENARIO) == []
    assert reconnects(samples([1] * 10, cell="all_off"), SCENARIO) == []
    assert reconnects(samples([1] * 10).drop(columns="connects"), SCENARIO) == []


def test_deletions_that_no_receiver_hears_of_are_named() -> None:
    row = {"model": "shop.Line", "field": "order", "parent": "shop.Order", "receivers": ["shop.cache.drop"]}
    one, several = unsent_signals([row, {**row, "receivers": ["a.b", "c.d", "e.f", "g.h"]}])
    assert (one.kind, one.severity, one.count) == ("signals_not_sent", "warning", 1)
    assert "rows of shop.Line in the database (DB_CASCADE of order), which sends no signals" in one.sentence
    assert "shop.cache.drop is not called" in one.sentence
    assert "a.b, c.d and e.f are not called" in several.sentence and several.count == 4
    assert unsent_signals([]) == []
