"""Measured requests that repeat more queries than any check."""

from __future__ import annotations

from typing import Any

from perflab.experiment.observe.loops import Loops


def row(step: int, repeats: int | None, **changes: Any) -> dict[str, Any]:
    return {
        "step": step, "cell": "all_on", "phase": "measured", "endpoint": "payments", "error": None,
        "duplicate_query_count": repeats, **changes,
    }  # fmt: skip


def loops() -> Loops:
    return Loops({"all_on", "queries"}, {"payments", "job"})


def test_the_request_with_the_most_repetitions_of_each_read_is_to_be_made_again() -> None:
    rows = [row(1, 5), row(2, 9, cell="queries"), row(3, 9), row(4, 2, endpoint="job"), row(5, 0, endpoint="job")]
    assert loops().unseen(rows) == [2, 4]


def test_what_a_check_repeats_as_often_is_recorded_already() -> None:
    check = row(9, 9, phase="check", cell="queries")
    assert loops().unseen([row(1, 9), check]) == []
    assert loops().unseen([row(1, 10), check]) == [1]


def test_later_rounds_know_what_earlier_ones_recorded() -> None:
    once = loops()
    assert once.unseen([row(1, 9)]) == [1]
    assert once.unseen([row(4, 9)]) == [] and once.unseen([row(5, 10)]) == [5]


def test_nothing_is_made_again_of_sound_requests_writes_other_cells_and_failures() -> None:
    rows = [
        row(1, 1), row(2, None), row(3, 9, endpoint="pay"), row(4, 9, cell="all_off"), row(5, 9, phase="warmup"),
        row(6, 9, error="500"),
    ]  # fmt: skip
    assert loops().unseen(rows) == []
