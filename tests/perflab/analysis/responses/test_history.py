"""A response is recognised by what the baseline returned before: to the same request, or to somebody else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from perflab.analysis.responses.history import History

# What two cells return to four requests of a path: the first column is the baseline, -1 is no response.
OLD, NEW = 1, 2


def history(digests: list[list[int]], written: list[int], users: str = "aaaa", *, personal: bool = False) -> History:
    """Requests of one path, each after the last write with this number."""
    count = len(digests)
    steps = pd.DataFrame(
        {"round": 1, "step": range(count), "endpoint": "job", "method": "GET", "path": "/1", "body": "", "user": [*users],
         "affected_by": pd.array([None] * count, dtype="Int32"), "written": written, "personal": personal,
         "who": [*users] if personal else "", "whose": "/1"}
    )  # fmt: skip
    return History(np.array(digests, dtype=np.int64), steps, 0)


def places(looked_up: Any, place: int) -> int:
    return int(looked_up(np.array([place]), np.array([1]))[0])


@pytest.mark.parametrize(
    ("written", "stale", "aged"),
    [([-1, -1], -1, 0), ([-1, 0], -1, 0), ([-1, 1], 0, -1)],
    ids=["nothing written", "written before both", "written in between"],
)
def test_an_older_response_is_stale_after_a_write_and_has_aged_without_one(
    written: list[int], stale: int, aged: int
) -> None:
    it = history([[OLD, OLD], [NEW, OLD]], written, "aa")
    assert (places(it.stale, 1), places(it.aged, 1)) == (stale, aged)


def test_what_the_baseline_never_returned_has_not_aged() -> None:
    it = history([[-1, OLD], [NEW, OLD]], [-1, -1], "aa")
    assert places(it.aged, 1) == -1, "the cell itself may always have been wrong"


def test_a_response_from_later_has_not_aged() -> None:
    assert places(history([[OLD, NEW], [NEW, NEW]], [-1, -1], "aa").aged, 0) == -1


def test_of_a_personal_response_another_callers_is_leaked_and_ones_own_has_aged() -> None:
    it = history([[OLD, OLD], [NEW, OLD]], [-1, -1], "ab", personal=True)
    assert (places(it.cross_user_leak, 1), places(it.aged, 1)) == (0, -1)
    it = history([[OLD, OLD], [NEW, OLD]], [-1, -1], "aa", personal=True)
    assert (places(it.cross_user_leak, 1), places(it.aged, 1)) == (-1, 0)


def test_what_the_caller_gets_for_another_request_is_its_own() -> None:
    it = history([[OLD, OLD], [NEW, OLD], [OLD, OLD]], [-1, -1, -1], "aba", personal=True)
    got = it.own(np.array([0, 1]), np.array([1, 1])).tolist()
    assert got == [True, False], "b never got what a did"
    nobody = history([[-1, OLD], [NEW, OLD]], [-1, -1], "aa", personal=True)
    assert nobody.own(np.array([1]), np.array([1])).tolist() == [False], "the baseline did not return it"
