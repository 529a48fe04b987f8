"""The response comparator over workers of its own: what it fetches, what it takes to vary by itself, what it keeps."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

from perflab.experiment.responses import (
    AT_ONCE,
    MAX_MASKS,
    MAX_PLACES,
    MAX_RESPONSES,
    MAX_VALUE_LENGTH,
    CellDigest,
    IgnoredFields,
    ResponseComparator,
)
from perflab.run import response
from perflab.run.response import Document, Mask, VaryingPlace

CELLS = ("all_off", "caching", "all_on", "twin", "twin_off")
Answers = dict[tuple[str, int], Document]


class Worker:
    """It has responded; what it is sent is recorded."""

    def __init__(self, cell: str, answers: Answers) -> None:
        self.cell, self.answers = cell, answers
        self.fetched: list[list[int]] = []
        self.ignored: dict[str, list[str]] = {}  # the fields, by endpoint

    def responses(self, steps: Sequence[int]) -> list[Document | None]:
        self.fetched.append(list(steps))
        return [self.answers.get((self.cell, step)) for step in steps]

    def ignore(self, endpoint: str, masks: Iterable[Mask]) -> None:
        self.ignored[endpoint] = sorted(mask.field for mask in masks)


def document(body: Any, status: int = 200) -> Document:
    return {"status": status, "headers": {}, "body": body}


def block(body: Callable[[str, int], Any], steps: int = 3) -> tuple[dict[str, Worker], list[CellDigest]]:
    """Workers that responded to so many Steps, and the digests; `body` of None is a request that raised."""
    answers: Answers = {
        (cell, step): document(content)
        for cell in CELLS
        for step in range(steps)
        if (content := body(cell, step)) is not None
    }
    digests = [
        CellDigest(step, cell, "jobs", response.digest(answers[cell, step]))
        for cell in CELLS
        for step in range(steps)
        if (cell, step) in answers
    ]
    return {cell: Worker(cell, answers) for cell in CELLS}, digests


def comparator(workers: dict[str, Worker]) -> ResponseComparator:
    return ResponseComparator(1, workers, IgnoredFields())


def test_where_all_responses_are_equal_none_is_fetched() -> None:
    workers, digests = block(lambda cell, step: {"id": step})
    compared = comparator(workers)
    result = compared.compare(digests)
    assert not result.differences and not result.digests and all(worker.fetched == [] for worker in workers.values())


def test_what_differs_is_kept_place_by_place_with_one_message_to_each_worker() -> None:
    workers, digests = block(
        lambda cell, step: {"id": step, "name": "new" if cell in ("all_off", "twin_off") or not step else "stale"}
    )
    compared = comparator(workers)
    result = compared.compare(digests)
    assert all(worker.fetched == [[1, 2]] for worker in workers.values())
    assert len(result.differences) == 6
    assert result.differences[0] == {
        "round": 1, "step": 1, "cell": "caching", "endpoint": "jobs", "pointer": "/body/name", "kind": "value",
        "expected": '"new"', "got": '"stale"',
    }  # fmt: skip


@pytest.mark.parametrize(
    ("values", "kind"),
    [([f"2025-10-20T10:00:0{n}Z" for n in range(5)], "time"), ([*range(5)], "value"), ([*"abcde"], "value")],
)
def test_a_field_that_differs_between_the_two_runs_of_the_baseline_is_ignored(values: list[Any], kind: str) -> None:
    times = dict(zip(CELLS, values, strict=True))
    workers, digests = block(lambda cell, step: {"rows": [{"id": 1, "at": times[cell]}]})
    compared = comparator(workers)
    result = compared.compare(digests)
    assert compared.ignored.as_list() == [
        {"endpoint": "jobs", "pointer": "/body/rows/*/at", "kind": kind, "example": str(times["twin_off"])}
    ]
    assert all(worker.ignored == {"jobs": ["/body/rows/*/at"]} for worker in workers.values())
    assert set(result.digests) == {(digest.step, digest.cell) for digest in digests}
    assert len({*result.digests.values()}) == 1, "made again without it"
    assert not result.differences


def test_what_differs_beside_a_volatile_field_is_kept() -> None:
    times = {cell: f"10:00:0{n}" for n, cell in enumerate(CELLS)}
    workers, digests = block(lambda cell, step: {"at": times[cell], "n": 2 if cell == "caching" else 1})
    compared = comparator(workers)
    result = compared.compare(digests)
    assert {(row["cell"], row["pointer"]) for row in result.differences} == {("caching", "/body/n")}


@pytest.mark.parametrize("value", ["Ann", 3, "2025-10-19"])
def test_what_differs_between_the_two_cells_with_everything_on_is_kept(value: Any) -> None:
    """It may be what a switch does."""
    workers, digests = block(lambda cell, step: {"x": value if cell == "twin" else "2025-10-20"})
    compared = comparator(workers)
    result = compared.compare(digests)
    assert compared.ignored.as_list() == []
    assert {row["cell"] for row in result.differences} == {"twin"}


def test_a_time_that_is_the_same_in_identical_cells_is_not_ignored() -> None:
    workers, digests = block(lambda cell, step: {"at": f"2025-10-{20 if cell in ('all_off', 'twin_off') else 19}"})
    compared = comparator(workers)
    result = compared.compare(digests)
    assert compared.ignored.as_list() == [] and len(result.differences) == 9


def test_ignored_fields_outlive_a_round() -> None:
    ignored = IgnoredFields()
    assert ignored.add("jobs", [VaryingPlace(Mask("/body/at"), "time", "x")])
    assert not ignored.add("jobs", [VaryingPlace(Mask("/body/at"), "time", "y")]), "it is known"
    workers, _ = block(lambda cell, step: {})
    ignored.announce(workers.values())
    assert all(worker.ignored == {"jobs": ["/body/at"]} for worker in workers.values())


def test_only_some_of_what_differs_is_kept_and_values_are_cut() -> None:
    many = MAX_RESPONSES + 10
    workers, digests = block(
        lambda cell, step: {
            f"x{n}": cell.replace("twin_off", "all_off")[-3:] * MAX_VALUE_LENGTH for n in range(MAX_PLACES + 2)
        },
        many,
    )
    compared = comparator(workers)
    result = compared.compare(digests)
    kept = [row for row in result.differences if row["cell"] == "caching"]
    assert len(kept) == MAX_RESPONSES * MAX_PLACES
    assert all(len(row["got"]) == MAX_VALUE_LENGTH and row["got"].endswith("…") for row in kept)


def test_a_cell_that_did_not_respond_and_steps_without_the_baseline_are_left_out() -> None:
    workers, digests = block(
        lambda cell, step: None if (cell, step) in (("caching", 0), ("all_off", 1)) else {"c": cell.rpartition("_")[2]}
    )
    compared = comparator(workers)
    result = compared.compare(digests)
    assert {(row["cell"], row["step"]) for row in result.differences} == {
        ("all_on", 0), ("twin", 0), ("caching", 2), ("all_on", 2), ("twin", 2),
    }  # fmt: skip
    assert json.loads(result.differences[0]["expected"]) == "off"


def test_digests_that_are_handed_over_are_never_changed() -> None:
    workers, digests = block(lambda cell, step: {"at": f"10:00:0{CELLS.index(cell)}"}, steps=1)
    before = list(digests)
    result = comparator(workers).compare(digests)
    assert digests == before
    assert all(result.digests[digest.step, digest.cell] != digest.digest for digest in digests)


def test_the_place_in_a_page_that_varies_is_ignored_and_the_rest_is_compared() -> None:
    def page(cell: str, step: int) -> str:
        return f'<input name="csrf" value="{hash((cell, step))}x"><p>seen {4 if cell in ("all_on", "twin") else 3} times</p>'

    workers, digests = block(page)
    result = comparator(workers).compare(digests)
    assert {row["cell"] for row in result.differences} == {"all_on", "twin"}
    assert all("<p>seen 3 times</p>" in row["expected"] for row in result.differences)
    assert {len({result.digests[step, cell] for cell in ("all_off", "twin_off", "caching")}) for step in range(3)} == {
        1
    }


def test_what_varies_in_rows_and_in_their_order_is_named_so() -> None:
    orders = {cell: sorted(range(6), key=lambda n: hash((n, place))) for place, cell in enumerate(CELLS)}
    compared = comparator((made := block(lambda cell, step: [*orders[cell]]))[0])
    assert not compared.compare(made[1]).differences
    assert [(mask["pointer"], mask["kind"]) for mask in compared.ignored.as_list()] == [("/body", "order")]


def test_many_responses_that_differ_are_fetched_a_few_at_a_time() -> None:
    workers, digests = block(lambda cell, step: {"c": cell}, 2 * AT_ONCE + 1)
    comparator(workers).compare(digests)
    assert [len(steps) for steps in workers["all_on"].fetched] == [AT_ONCE, AT_ONCE, 1]


def test_half_a_surrogate_pair_is_kept_as_its_escape() -> None:
    workers, digests = block(lambda cell, step: {"\ud800": "\ud800" if cell.endswith("off") else "x"}, steps=1)
    result = comparator(workers).compare(digests)
    assert result.differences[0]["expected"] == '"\\ud800"' and result.differences[0]["pointer"] == "/body/\\ud800"
    json.dumps(result.differences, ensure_ascii=False).encode()


def test_the_oldest_masks_of_an_endpoint_go_first() -> None:
    ignored = IgnoredFields()
    for n in range(MAX_MASKS + 5):
        ignored.add("jobs", [VaryingPlace(Mask("/body", "text", f"item {n}: ", "<"), "value", "x")])
    assert len(ignored.of("jobs")) == MAX_MASKS and ignored.of("jobs")[0].before == "item 5: "
    assert len(ignored.as_list()) == 1, "people see the place once"


def test_a_round_adds_to_places_of_its_own_until_they_are_included() -> None:
    every, place = IgnoredFields(), VaryingPlace(Mask("/a"), "volatile", "1")
    every.add("list", [place])
    own = every.copy()
    assert own.add("list", [VaryingPlace(Mask("/b"), "volatile", "2")]) and not own.add("list", [place])
    assert every.of("list") == [Mask("/a")]
    every.include(own)
    assert every.of("list") == [Mask("/a"), Mask("/b")]
    assert [each["pointer"] for each in every.as_list()] == ["/a", "/b"]
