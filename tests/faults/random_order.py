"""The payments of a page come in random order, whatever is on."""

from dataclasses import replace
from typing import Any

from marketplace.selectors import payments
from tests.faults import Expected

# No switch is to blame, and no claim is refuted by it: the twins tell.
EXPECTED = Expected("unstable", ("payments",), ())


def install() -> None:
    selector: Any = payments
    page_of = selector.page_of

    def shuffled(queryset, number):
        page = page_of(queryset, number)
        keys = [payment.pk for payment in page.items]
        return replace(page, items=list(queryset.filter(pk__in=keys).order_by("?")))

    selector.page_of = shuffled
