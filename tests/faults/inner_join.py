"""A relation that may be absent is joined as if it were always there: payments to people without a review are lost."""

from marketplace.selectors import optimised, payments
from tests.faults import Expected

EXPECTED = Expected("rows", ("payments",), ("queries",))


def install() -> None:
    page_of = payments.page_of

    def joined(queryset, number):
        if optimised():
            queryset = queryset.filter(recipient__reviews_received__isnull=False).distinct()
        return page_of(queryset, number)

    payments.page_of = joined
