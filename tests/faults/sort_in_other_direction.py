"""The newest payments of each status are shown first, and the index for that has both columns in one direction."""

from typing import Any

from marketplace.models import Payment
from marketplace.selectors import payments
from tests.faults import Expected

EXPECTED = Expected("sort_unserved", ("payments",), ("indexes",), index="payment_status_created_idx")


def install() -> None:
    selector: Any = payments
    payments_of = selector.payments_of

    def with_newest(user_id, number):
        list(Payment.objects.order_by("status", "-created_at").values_list("pk")[:10])
        return payments_of(user_id, number)

    selector.payments_of = with_newest
