"""One customer in seven has a badge beside each of their payments, and it is looked up payment by payment."""

from typing import Any

from marketplace.models import User
from marketplace.selectors import payments
from tests.faults import Expected

# No check asks for one of them: it shows among the measured requests, whatever is on.
EXPECTED = Expected("repeated_query", ("payments",), ())
FEW = 7


def install() -> None:
    selector: Any = payments
    payments_of = selector.payments_of

    def with_badges(user_id, number):
        page = payments_of(user_id, number)
        if user_id % FEW == FEW - 1:
            for payment in page.items:
                User.objects.filter(pk=payment.recipient_id, is_active=True).first()
        return page

    selector.payments_of = with_badges
