"""The payments of a page are fetched by their keys and ordered by a column in which many are alike: the plan decides the rest."""

from dataclasses import replace

from marketplace.selectors import optimised, payments
from tests.faults import Expected

EXPECTED = Expected("reordered", ("payments",), ("queries",))


def install() -> None:
    page_of = payments.page_of

    def by_keys(queryset, number):
        page = page_of(queryset, number)
        if not optimised():
            return page
        keys = [payment.pk for payment in page.items]
        return replace(page, items=list(queryset.filter(pk__in=keys).order_by("status")))

    payments.page_of = by_keys
