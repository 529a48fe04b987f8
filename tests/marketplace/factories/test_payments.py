"""Who pays whom."""

from __future__ import annotations

import pytest

from marketplace.factories import PaymentFactory


@pytest.mark.django_db
def test_a_payment_goes_from_the_jobs_client_to_somebody_else():
    payment = PaymentFactory()
    assert payment.payer == payment.job.client
    assert payment.recipient != payment.payer
    assert 0 < payment.fee < payment.amount
