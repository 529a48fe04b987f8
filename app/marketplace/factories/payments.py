"""Payments for completed shifts."""

from __future__ import annotations

from decimal import Decimal

import factory

from marketplace.factories.accounts import UserFactory
from marketplace.factories.dates import DatedFactory, made_with, midnight, within
from marketplace.factories.jobs import JobFactory
from marketplace.factories.rng import by_share
from marketplace.models import Job, JobStatus, Payment, PaymentMethod, PaymentStatus, Role

PAYMENT_SHARES = {
    PaymentStatus.COMPLETED: 84,
    PaymentStatus.PENDING: 9,
    PaymentStatus.FAILED: 4,
    PaymentStatus.REFUNDED: 3,
}
METHOD_SHARES = {
    PaymentMethod.CARD: 55,
    PaymentMethod.BANK_TRANSFER: 27,
    PaymentMethod.WALLET: 15,
    PaymentMethod.CASH: 3,
}


def _hours(job: Job) -> int:
    """Return the length of a shift; one that ends before it starts ends the next morning."""
    return (job.end_time.hour - job.start_time.hour) % 24


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))


class PaymentFactory(DatedFactory[Payment]):
    """What the client pays for a shift: all of it, or an instalment."""

    class Meta:
        model = Payment

    job = made_with(JobFactory, status=JobStatus.COMPLETED)
    payer = factory.SelfAttribute("job.client")
    recipient = made_with(UserFactory, role=Role.APPLICANT)
    amount = factory.LazyAttribute(
        lambda payment: _cents(payment.job.pay_rate * _hours(payment.job) / by_share({1: 6, 2: 3, 4: 1}))
    )
    fee = factory.LazyAttribute(lambda payment: _cents(payment.amount * Decimal("0.08")))
    method = factory.LazyFunction(lambda: by_share(METHOD_SHARES))
    status = factory.LazyFunction(lambda: by_share(PAYMENT_SHARES))
    created_at = factory.LazyAttribute(lambda payment: within(midnight(payment.job.date), 14, payment.as_of))
