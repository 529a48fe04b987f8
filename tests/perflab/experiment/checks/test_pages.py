"""Whether pages are the parts of a list: sites that number their pages well, and sites that do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from perflab.experiment.checks.client import Shown
from perflab.experiment.checks.pages import MAX_PAGES, Paging, overlap, pages_overlap, paging_of, rows_of
from perflab.scenario.traffic import Endpoint
from perflab.workload.steps import Step
from tests.perflab.experiment.checks.sites import CELLS, ENDS, Site, client_of, document, endpoint

BY_PAGE = Paging("page", 1, 1, by_rows=False)
LIST = endpoint("list", "/jobs/{job_id}?page={page}", params={"job_id": "marketplace.Job.pk", "page": [1, 1, 2]})
ROWS = [{"id": n, "name": f"row {n}"} for n in range(25)]
SIZE = 10


def page_of(step: Step) -> int:
    return int(step.path.rpartition("=")[2])


def listed(begin: Callable[[int], int], rows: list[Any] = ROWS, **more: Any) -> Callable[[Site, Step], Any]:
    def respond(site: Site, step: Step) -> Any:
        first = begin(page_of(step))
        return {"items": rows[first : first + SIZE], "count": len(rows), **more}

    return respond


def shown_of(respond: Callable[[Site, Step], Any], wanted: dict[str, Any] = LIST) -> list[Shown]:
    return list(pages_overlap(client_of(respond, wanted)))


def sound(page: int) -> int:
    return (page - 1) * SIZE


def test_pages_that_follow_each_other_share_no_row_and_leave_none_out() -> None:
    (shown,) = shown_of(listed(sound))
    assert shown.cells == dict.fromkeys(ENDS, False)


def test_a_page_that_begins_early_shares_a_row_with_the_one_before() -> None:
    (shown,) = shown_of(listed(lambda page: max(0, sound(page) - 1)))
    assert shown.cells == dict.fromkeys(CELLS, True)
    assert shown.detail["row"] == 9 and [path[-1] for path in shown.detail["paths"]] == ["1", "2"]


def test_a_page_that_begins_late_leaves_a_row_out() -> None:
    (shown,) = shown_of(listed(lambda page: sound(page) + (page > 1)))
    assert shown.cells == dict.fromkeys(CELLS, True)
    assert (shown.detail["rows"], shown.detail["count"]) == (24, 25)


def test_few_pages_are_requested_and_no_more_than_there_are() -> None:
    client = client_of(listed(sound), LIST)
    list(pages_overlap(client))
    site: Any = client.workers["all_on"]
    assert [page_of(step) for step in site.requested] == [1, 2, 3, 4, 1], "to the first empty one, and the first again"
    client = client_of(listed(sound, [{"id": n} for n in range(500)]), LIST)
    list(pages_overlap(client))
    site = client.workers["all_on"]
    assert [page_of(step) for step in site.requested] == [*range(1, MAX_PAGES + 1), 1]


@pytest.mark.parametrize(
    "respond",
    [
        listed(sound, ROWS[:SIZE]),
        listed(sound, [{"name": f"row {n}"} for n in range(25)]),
        listed(sound, others=[{"id": 1}]),
        lambda site, step: "<ul><li>1</ul>",
        lambda site, step: None,
        lambda site, step: (404, ""),
    ],
    ids=["one page", "rows without an identity", "two lists", "a text", "an error", "not found"],
)
def test_what_cannot_be_told_is_not_shown(respond: Callable[[Site, Step], Any]) -> None:
    assert shown_of(respond) == []


def pages(*lists: list[int], **more: Any) -> list[Any]:
    return [document({"items": [{"id": n} for n in ids], **more}) for ids in lists]


GONE = document((404, {"detail": "Invalid page."}))


@pytest.mark.parametrize(
    ("documents", "shows"),
    [
        (pages([1, 2], [3, 4], [5]), False),
        (pages([1, 2], [2, 3], [4]), True),
        ([*pages([1, 2], [3, 4], [5], count=5), GONE, GONE], False),
        ([*pages([1, 2], [4, 5], [6], count=6), GONE], True),
        (pages([1, 2], [4, 5], [6], count=6), False),  # there may be more pages
        ([*pages([1, 2], [3], [5], count=6), GONE], False),  # rows are taken from pages that were full
        (pages([9, 1, 2], [9, 3, 4], [9, 5]), False),  # pinned
        (pages([9, 1], [2, 9], [9, 3]), False),  # on every page
        (pages([1, 2], [3, 4], [3, 4]), False),  # beyond the last page it is the last one again
        (pages([1, 1], [1, 2]), None),  # rows repeat on a page as well: the list is of something else
        (pages([1, 2], []), None),
        ([*pages([1, 2]), None], None),
    ],
)
def test_only_rows_that_cannot_be_meant_so_are_shown(documents: list[Any], shows: bool | None) -> None:
    assert overlap(documents, documents[0], BY_PAGE)[0] is shows


def test_a_list_without_a_lasting_order_is_not_shown() -> None:
    documents = pages([1, 2], [2, 3])
    assert overlap(documents, pages([2, 1])[0], BY_PAGE)[0] is None
    assert overlap(documents, documents[0], BY_PAGE)[0] is True


def test_pages_by_row_have_to_be_as_long_as_their_distance() -> None:
    longer = Paging("offset", 0, 2, by_rows=True)
    assert overlap(pages([1, 2, 3], [3, 4, 5]), pages([1, 2, 3])[0], longer)[0] is None
    assert overlap(pages([1, 2], [2, 3]), pages([1, 2])[0], longer)[0] is True


def test_the_rows_of_a_page_are_its_only_list() -> None:
    assert rows_of(document([{"id": 1}])) == ['{"id": 1}']
    assert rows_of(document({"results": [{"pk": 1}], "next": None})) == ['{"pk": 1}']
    assert rows_of(document({"a": [{"id": 1}], "b": []})) is None
    assert rows_of(document({"a": [1]})) is None and rows_of(document((500, {"a": []}))) is None


@pytest.mark.parametrize(
    ("path", "params", "expected"),
    [
        ("/?page={page}", {"page": [1, 1, 2]}, BY_PAGE),
        ("/?page={n}", {"n": [2, 1]}, Paging("n", 1, 1, by_rows=False)),
        ("/{page}/", {"page": [0, 1]}, Paging("page", 0, 1, by_rows=False)),
        ("/?offset={o}&limit=20", {"o": [0, 20]}, Paging("o", 0, 20, by_rows=True)),
        ("/?page={page}", {"page": [1]}, None),
        ("/?page={page}", {"page": ["a", "b"]}, None),
        ("/?page_size={size}", {"size": [1, 2]}, None),
        ("/?days={days}", {"days": [1, 2]}, None),
        ("/{missing_id}", {"missing_id": [1, 2]}, None),
        ("/?page={page}", {"page": "marketplace.Job.pk"}, None),
        ("/", {"page": [1, 2]}, None),
    ],
)
def test_params_that_number_pages_are_known_by_name(path: str, params: dict[str, Any], expected: Paging | None) -> None:
    made = {"name": "list", "method": "GET", "path": path, "weight": 1, "params": params}
    assert paging_of(Endpoint.model_validate(made)) == expected
