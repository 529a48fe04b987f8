"""The payments of a page are fetched by their keys and ordered by a column in which many are alike: the plan decides the rest."""

from dataclasses import replace
from typing import Any

from marketplace.selectors import optimised, payments
from tests.faults import Expected

EXPECTED = Expected("reordered", ("payments",), ("queries",))


def install() -> None:
    selector: Any = payments
    page_of = selector.page_of

    def by_keys(queryset, number):
        page = page_of(queryset, number)
        if not optimised():
            return page
        keys = [payment.pk for payment in page.items]
        return replace(page, items=list(queryset.filter(pk__in=keys).order_by("status")))

    selector.page_of = by_keys
