"""Payments of a user."""

from django.db.models import Q

from marketplace.caching.dependencies import depends_on
from marketplace.models import Payment
from marketplace.pages import Page, page_of
from marketplace.selectors import optimised


def payments_of(user_id: int, number: int) -> Page[Payment]:
    """Return the payments that a user made and received, newest first.

    Optimised, two queries: the count, and the page with payer, recipient, their profiles and the job. Plain, five
    more for each payment.
    """
    depends_on("payments", user_id)
    payments = Payment.objects.filter(Q(payer_id=user_id) | Q(recipient_id=user_id)).order_by("-created_at", "-pk")
    if optimised():
        payments = payments.select_related("payer__profile", "recipient__profile", "job")
    return page_of(payments, number)
