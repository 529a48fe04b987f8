"""Relations are fetched with the first page only: from page 2 on they are followed one by one."""

from typing import Any

from marketplace.selectors import applications, jobs, optimised, payments, reviews
from tests.faults import Expected

# No switch removes it, and so none is to blame: page 2 repeats its queries whatever is on.
EXPECTED = Expected("repeated_query", ("payments", "reviews", "ratings", "applications", "client-jobs"), ())


def install() -> None:
    selectors: tuple[Any, ...] = (applications, jobs, payments, reviews)
    page_of = selectors[0].page_of

    def first_page_only(queryset, number):
        if optimised() and number > 1:
            queryset = queryset.select_related(None)
        return page_of(queryset, number)

    for selector in selectors:
        selector.page_of = first_page_only
