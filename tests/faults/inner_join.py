"""A relation that may be absent is joined as if it were always there: applications for a job that nobody saved are lost."""

from typing import Any

from marketplace.selectors import applications, optimised
from tests.faults import Expected

EXPECTED = Expected("rows", ("applications",), ("queries",))


def install() -> None:
    selector: Any = applications
    page_of = selector.page_of

    def joined(queryset, number):
        if optimised():
            queryset = queryset.filter(job__saved_by__isnull=False).distinct()
        return page_of(queryset, number)

    selector.page_of = joined
