"""A list loads some columns only, and its answer shows one that is not among them: each row is asked for once more."""

from typing import Any

from marketplace.selectors import optimised, payments
from tests.faults import Expected

EXPECTED = Expected("repeated_query", ("payments",), ("queries",))
LOADED = ("payer", "recipient", "job", "amount", "method", "status", "created_at")  # the fee is not


def install() -> None:
    selector: Any = payments
    page_of = selector.page_of

    def some_columns(queryset, number):
        return page_of(queryset.only(*LOADED) if optimised() else queryset, number)

    selector.page_of = some_columns
