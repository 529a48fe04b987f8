"""The referee over workers of its own: what it asks for, what it takes for noise, what it keeps."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

from perflab.experiment.responses import LONGEST_VALUE, MOST_ANSWERS, MOST_PLACES, Masks, Referee
from perflab.run import response
from perflab.run.response import Document

CELLS = ("all_off", "caching", "all_on", "twin")
Answers = dict[tuple[str, int], Document]


class Worker:
    """It has answered; what it is asked and told is noted."""

    def __init__(self, cell: str, answers: Answers) -> None:
        self.cell, self.answers = cell, answers
        self.shown: list[list[int]] = []
        self.masks: dict[str, list[str]] = {}

    def show(self, steps: Sequence[int]) -> list[Document | None]:
        self.shown.append(list(steps))
        return [self.answers.get((self.cell, step)) for step in steps]

    def mask(self, endpoint: str, masks: Iterable[str]) -> None:
        self.masks[endpoint] = sorted(masks)


def document(body: Any, status: int = 200) -> Document:
    return {"status": status, "headers": {}, "body": body}


def block(body: Callable[[str, int], Any], steps: int = 3) -> tuple[dict[str, Worker], list[dict[str, Any]]]:
    """Workers that answered so many Steps, and the sample rows; `body` of None is a request that raised."""
    answers: Answers = {
        (cell, step): document(told)
        for cell in CELLS
        for step in range(steps)
        if (told := body(cell, step)) is not None
    }
    rows = [
        {
            "step": step,
            "cell": cell,
            "role": "twin" if cell == "twin" else "treatment",
            "endpoint": "jobs",
            "response_digest": response.digest(answers[cell, step]) if (cell, step) in answers else None,
        }
        for cell in CELLS
        for step in range(steps)
    ]
    return {cell: Worker(cell, answers) for cell in CELLS}, rows


def referee(workers: dict[str, Worker], masks: Masks | None = None) -> Referee:
    return Referee(1, workers, Masks() if masks is None else masks)


def test_where_all_answers_are_the_same_nobody_is_asked() -> None:
    workers, rows = block(lambda cell, step: {"id": step})
    one = referee(workers)
    one.look(rows)
    assert one.rows == [] and all(worker.shown == [] for worker in workers.values())


def test_what_differs_is_kept_place_by_place_and_each_worker_asked_once() -> None:
    workers, rows = block(lambda cell, step: {"id": step, "name": "stale" if cell != "all_off" and step else "new"})
    one = referee(workers)
    one.look(rows)
    assert all(worker.shown == [[1, 2]] for worker in workers.values())
    assert len(one.rows) == 6
    assert one.rows[0] == {
        "round": 1, "step": 1, "cell": "caching", "endpoint": "jobs", "pointer": "/body/name", "kind": "value",
        "expected": '"new"', "got": '"stale"',
    }  # fmt: skip


def test_a_field_that_looks_like_noise_and_differs_between_twins_counts_no_more() -> None:
    times = {cell: f"2025-10-20T10:00:0{n}Z" for n, cell in enumerate(CELLS)}
    workers, rows = block(lambda cell, step: {"rows": [{"id": 1, "at": times[cell]}]})
    one = referee(workers)
    one.look(rows)
    assert one.masks.as_list() == [
        {"endpoint": "jobs", "pointer": "/body/rows/*/at", "kind": "time", "example": times["twin"]}
    ]
    assert all(worker.masks == {"jobs": ["/body/rows/*/at"]} for worker in workers.values())
    assert len({row["response_digest"] for row in rows}) == 1, "made again without it"
    assert one.rows == []


def test_what_differs_besides_noise_is_kept_without_it() -> None:
    times = {cell: f"10:00:0{n}" for n, cell in enumerate(CELLS)}
    workers, rows = block(lambda cell, step: {"at": times[cell], "n": 2 if cell == "caching" else 1})
    one = referee(workers)
    one.look(rows)
    assert {(row["cell"], row["pointer"]) for row in one.rows} == {("caching", "/body/n")}


@pytest.mark.parametrize("value", ["Ann", 3, "2025"])
def test_what_differs_between_twins_and_is_no_noise_is_kept(value: Any) -> None:
    workers, rows = block(lambda cell, step: {"x": value if cell == "twin" else "2025-10-20"})
    one = referee(workers)
    one.look(rows)
    assert one.masks.as_list() == []
    assert {row["cell"] for row in one.rows} == {"twin"}


def test_a_time_that_is_the_same_in_the_twins_is_no_noise() -> None:
    workers, rows = block(lambda cell, step: {"at": "2025-10-20" if cell == "all_off" else "2025-10-19"})
    one = referee(workers)
    one.look(rows)
    assert one.masks.as_list() == [] and len(one.rows) == 9


def test_masks_outlive_a_round() -> None:
    masks = Masks({"jobs": {"/body/at": {"kind": "time", "example": "x"}}})
    workers, _ = block(lambda cell, step: {})
    referee(workers, masks).begin()
    assert all(worker.masks == {"jobs": ["/body/at"]} for worker in workers.values())


def test_only_some_of_what_differs_is_kept_and_values_are_cut() -> None:
    many = MOST_ANSWERS + 10
    workers, rows = block(lambda cell, step: {str(n): cell[:3] * LONGEST_VALUE for n in range(MOST_PLACES + 2)}, many)
    one = referee(workers)
    one.look(rows)
    kept = [row for row in one.rows if row["cell"] == "caching"]
    assert len(kept) == MOST_ANSWERS * MOST_PLACES
    assert all(len(row["got"]) == LONGEST_VALUE and row["got"].endswith("…") for row in kept)


def test_a_cell_that_did_not_answer_and_steps_without_the_baseline_are_left_out() -> None:
    workers, rows = block(lambda cell, step: None if (cell, step) in (("caching", 0), ("all_off", 1)) else {"c": cell})
    one = referee(workers)
    one.look(rows)
    assert {(row["cell"], row["step"]) for row in one.rows} == {
        ("all_on", 0), ("twin", 0), ("caching", 2), ("all_on", 2), ("twin", 2),
    }  # fmt: skip
    assert json.loads(one.rows[0]["expected"]) == "all_off"
