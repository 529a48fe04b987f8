"""Memory that a process keeps for each request."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from perflab.analysis.memory import kept, memory_growth
from perflab.run.records import Finding

FACTORS = ("queries", "caching")
SCENARIO = {"factors": [{"name": "queries", "kind": "setting"}, {"name": "caching", "kind": "cache"}]}
CELLS = ("all_off", "queries", "caching", "all_on", "twin")
BLOCK, MIB = 20, 2**20
TRACE = pd.DataFrame(
    {"round": number, "step": block * BLOCK + step, "block": block, "phase": "measured" if block else "warmup"}
    for number in (1, 2, 3) for block in range(9) for step in range(BLOCK)
)  # fmt: skip


def counters(memory: Callable[[str, int, int], float | None]) -> pd.DataFrame:
    """The memory of each cell's worker after each block, by cell, round and requests so far."""
    rows = [
        {"round": number, "block": block, "cell": cell, "memory_bytes": memory(cell, number, block * BLOCK)}
        for number in (1, 2, 3) for block in range(9) for cell in CELLS
    ]  # fmt: skip
    return pd.DataFrame(rows).astype({"memory_bytes": "Float64"})


def findings(table: pd.DataFrame) -> list[Finding]:
    return [*memory_growth(table, TRACE, SCENARIO, FACTORS)]


def test_what_grows_by_request_in_every_round_is_a_finding() -> None:
    (finding,) = findings(counters(lambda cell, number, requests: 90 * MIB + (100_000 + 500 * number) * requests))
    assert (finding.kind, finding.endpoint, finding.factors, finding.count) == ("memory_growth", None, [], 3)
    assert finding.sentence == (
        "A process keeps 98.6 KiB of memory for each request (95% interval 97.4 KiB to 99.8 KiB, 3 rounds), whichever factors "
        "are on: it grows until it is restarted."
    )


def test_a_switch_that_brings_it_is_blamed() -> None:
    def memory(cell: str, number: int, requests: int) -> float:
        return (100_000 + number) * requests if cell in ("queries", "all_on") else 0.0

    (finding,) = findings(counters(memory))
    assert finding.factors == ["queries"] and finding.example["cell"] == "queries"


@pytest.mark.parametrize(
    "memory",
    [
        lambda cell, number, requests: 90 * MIB,
        lambda cell, number, requests: 90 * MIB + 50_000 * min(requests, 80),
        lambda cell, number, requests: 90 * MIB + 15_000 * requests,
        lambda cell, number, requests: 90 * MIB + (200_000 * requests if number == 1 else 0),
        lambda cell, number, requests: 90 * MIB + (200_000 * requests if cell in ("caching", "all_on") else 0),
        lambda cell, number, requests: 90 * MIB + (200_000 * requests if cell == "all_off" else 0),
        lambda cell, number, requests: None,
    ],
    ids=["none", "at first alone", "little", "in one round", "in a cache", "with everything off", "unknown"],
)
def test_sound_growth_is_none(memory: Callable[[str, int, int], float | None]) -> None:
    assert findings(counters(memory)) == []


def test_a_short_round_and_a_run_that_did_not_look_have_none() -> None:
    growing = counters(lambda cell, number, requests: 200_000.0 * requests)
    assert findings(growing[growing["block"] < 4]) == []
    assert findings(growing.drop(columns="memory_bytes")) == []


def test_the_slope_is_that_of_the_second_half() -> None:
    table = kept(
        counters(lambda cell, number, requests: 9e6 * min(requests, 80) + 1000.0 * max(requests - 80, 0)), TRACE
    )
    assert table.shape == (5, 3) and sorted(table.index) == sorted(CELLS)
    assert np.allclose(table.to_numpy(float), 1000.0)


def test_a_round_of_one_block_is_looked_at_as_a_whole() -> None:
    short = TRACE[TRACE["block"] < 2]
    growing = counters(lambda cell, number, requests: 90 * MIB + 200_000.0 * requests)
    assert np.allclose(kept(growing[growing["block"] < 2], short).to_numpy(float), 200_000.0)
    (finding,) = memory_growth(growing[growing["block"] < 2], short, SCENARIO, FACTORS)
    assert finding.example["low"] > 16 * 1024
