"""Whether the pages of a list are its parts: no row on two pages, and none left out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from perflab.experiment.checks.client import CheckClient, Shown, is_gone, request_of, succeeded
from perflab.run.response import Document
from perflab.scenario.traffic import Endpoint
from perflab.workload.steps import Step

PAGES_OVERLAP = "pages_overlap"
# Names of params that number pages, and of those that say at which row a page begins.
NUMBERS = ("page", "page_number", "pagenumber", "pageno", "page_no")
BEGINNINGS = ("offset", "start", "skip")
# What names a row, and what says how many rows all pages have.
IDENTITIES, TOTALS = ("id", "pk", "uuid"), ("count", "total", "total_count")
# How many objects are tried until one has two pages, and how many of its pages are read.
MAX_OBJECTS, MAX_PAGES = 10, 6


class Paging(NamedTuple):
    """How an endpoint numbers its pages: the param, the value of the first page, and the step to the next one."""

    param: str
    first: int
    step: int
    by_rows: bool


def pages_overlap(client: CheckClient) -> Iterator[Shown]:
    """Yield, for each endpoint with pages, whether a row stands on two pages or on none.

    The first page is read again after the last one: where its rows have changed, the list has no order that lasts, which is
    another finding. A row at the same place of both pages is pinned there, and what is on every page as well.

    Args:
        client: Makes the requests.
    """
    for endpoint in client.reads:
        paging = paging_of(endpoint)
        if paging is None:
            continue
        if not client.has_time:
            return
        steps = _steps(client, endpoint, paging)
        if not steps:
            continue
        shown = Shown(PAGES_OVERLAP, endpoint.name, request_of(steps[0]))
        for cell in client.cells(shown):
            documents = client.send(cell, *map(client.again, steps), client.again(steps[0]))
            shows, detail = overlap(documents[:-1], documents[-1], paging)
            if shows and "pages" in detail:
                detail["paths"] = [steps[number].path for number in detail["pages"]]
            shown.note(cell, shows, **detail)
        yield shown


def overlap(
    pages: Sequence[Document | None], first_again: Document | None, paging: Paging
) -> tuple[bool | None, dict[str, Any]]:
    """Return whether pages share a row or leave one out, and how; None where their rows cannot be told.

    Args:
        pages: The pages in their order.
        first_again: The first page as it is after the last one was read.
        paging: How they are numbered.
    """
    last = len(pages)
    while last and (is_gone(pages[last - 1]) or rows_of(pages[last - 1]) == []):
        last -= 1
    rows = [rows_of(page) for page in pages[:last]]
    lists = [page for page in rows if page]
    if len(lists) < max(2, last) or rows_of(first_again) != lists[0]:
        return None, {}
    if any(len(set(page)) < len(page) for page in lists) or (paging.by_rows and len(lists[0]) != paging.step):
        return None, {}
    twice = _twice(lists)
    if twice is not None:
        return True, {"pages": list(twice[:2]), "row": twice[2]}
    total, distinct = _total(pages[0]), len(set().union(*lists))
    whole = len(lists) < len(pages) and len({len(page) for page in lists[:-1]}) == 1
    if whole and total is not None and total > distinct and len(lists[-1]) <= len(lists[0]):
        return True, {"rows": distinct, "count": total}
    return False, {}


def rows_of(document: Document | None) -> list[str] | None:
    """Return the rows of a page, each as text; None where it has no list of rows with an identity."""
    if document is None or not succeeded(document):
        return None
    body = document["body"]
    lists = [body] if isinstance(body, list) else []
    if isinstance(body, Mapping):
        lists = [value for value in body.values() if isinstance(value, list)]
    if len(lists) != 1 or not all(_identity(row) is not None for row in lists[0]):
        return None
    return [json.dumps(row, sort_keys=True) for row in lists[0]]


def _identity(row: Any) -> Any:
    if not isinstance(row, Mapping):
        return None
    return next((row[name] for name in IDENTITIES if row.get(name) is not None), None)


def _total(document: Document | None) -> int | None:
    body = document["body"] if document is not None else None
    if not isinstance(body, Mapping):
        return None
    return next((body[name] for name in TOTALS if type(body.get(name)) is int), None)


def _twice(lists: Sequence[Sequence[str]]) -> tuple[int, int, Any] | None:
    """Return the first two pages with a row in common, and what names the row; None where there is none.

    What stands at the same place of both, or on every page of three or more, is meant to.
    """
    number = Counter(row for page in lists for row in page)
    for page, rows in enumerate(lists[1:], 1):
        for place, row in enumerate(rows):
            everywhere = len(lists) > 2 and number[row] == len(lists)
            if number[row] == 1 or everywhere:
                continue
            for earlier, others in enumerate(lists[:page]):
                if row in others and others.index(row) != place:
                    return earlier, page, _identity(json.loads(row))
    return None


def paging_of(endpoint: Endpoint) -> Paging | None:
    """Return how an endpoint numbers its pages, by a list among its params; None where none does."""
    query = {value: name for name, value in parse_qsl(endpoint.path.partition("?")[2])}
    for param, source in endpoint.params.items():
        if not isinstance(source, list) or f"{{{param}}}" not in endpoint.path:
            continue
        names = {param.lower(), query.get(f"{{{param}}}", "").lower()}
        values = sorted({value for value in source if type(value) is int})
        if len(values) < 2 or len(values) < len(set(source)):
            continue
        if names & {*NUMBERS} and values[0] in (0, 1):
            return Paging(param, values[0], 1, by_rows=False)
        if names & {*BEGINNINGS} and values[0] == 0:
            return Paging(param, 0, values[1], by_rows=True)
    return None


def _steps(client: CheckClient, endpoint: Endpoint, paging: Paging) -> list[Step]:
    """Return the requests of the pages of an object with rows on its second page, to the first empty page; [] where none has any.

    They are sent to the baseline.
    """
    drawer = client.traffic.drawer
    for row in range(MAX_OBJECTS):
        values = drawer.picked(endpoint, row, row + 1, 0)
        steps = [
            client.step(endpoint, {**values, paging.param: paging.first + paging.step * page})
            for page in range(MAX_PAGES)
        ]
        (second,) = client.send(client.baseline, steps[1])
        if not rows_of(second):
            continue
        for number, step in enumerate(steps[2:], 3):
            (document,) = client.send(client.baseline, step)
            if not rows_of(document):
                return steps[:number]
        return steps
    return []
