"""Payments: the caller's own, paying, a payment's status, and settling all at once."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Router

from marketplace import serializers
from marketplace.api.auth import caller
from marketplace.api.fields import Amount, Body, Id
from marketplace.api.permissions import own_only
from marketplace.caching.dependencies import tag
from marketplace.caching.invalidation import invalidate_after_commit
from marketplace.caching.responses import PAYMENTS_TTL_S, cached
from marketplace.models import Job, Payment, PaymentMethod, PaymentStatus, User
from marketplace.pages import PageNumber
from marketplace.problems import Forbidden, Unusable, exists_or_404, get_or_404
from marketplace.rendering import created
from marketplace.selectors import payments

router = Router(tags=["payments"])

FEE_SHARE = Decimal("0.08")


class NewPayment(Body):
    """Money for a job."""

    job_id: Id
    recipient_id: Id
    amount: Amount
    method: PaymentMethod


class PaymentChange(Body):
    """What has become of a payment."""

    status: PaymentStatus


@router.get("/users/{int:user_id}/payments")
@own_only
@cached("payments", PAYMENTS_TTL_S, per_viewer=True)
def get_payments(request: HttpRequest, user_id: int, page: PageNumber = 1) -> Any:
    """What the caller paid and received, newest first."""
    return payments.payments_of(user_id, page).as_dict(serializers.payment)


@router.post("/payments/")
def pay(request: HttpRequest, new: NewPayment) -> Any:
    """Pay somebody for a job; pending at first. Three queries: job, recipient, and the insert."""
    payer_id = caller(request).id
    if new.recipient_id == payer_id:
        raise Unusable("nobody pays themselves")
    exists_or_404(Job.objects.all(), new.job_id, "job")
    exists_or_404(User.objects.all(), new.recipient_id, "user")
    payment = Payment.objects.create(
        payer_id=payer_id,
        recipient_id=new.recipient_id,
        job_id=new.job_id,
        amount=new.amount,
        fee=(new.amount * FEE_SHARE).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP),
        method=new.method.value,
    )
    return created(serializers.payment_receipt(payment))


@router.patch("/payments/{int:payment_id}/")
def change_payment(request: HttpRequest, payment_id: int, change: PaymentChange) -> Any:
    """Change the status of one's payment. Two queries: the row, locked, and the update."""
    with transaction.atomic():
        payment = get_or_404(Payment.objects.select_for_update(), payment_id, "payment")
        if caller(request).id not in (payment.payer_id, payment.recipient_id):
            raise Forbidden("this is somebody else's payment")
        payment.status = change.status.value
        payment.save(update_fields=["status"])
    return serializers.payment_receipt(payment)


@router.post("/payments/settle/")
def settle(request: HttpRequest) -> Any:
    """Complete all payments that the caller still has to make.

    Two queries however many there are: the rows, locked, and one update. It sends no signals, so the lists of
    everybody concerned are dropped here.
    """
    payer_id = caller(request).id
    with transaction.atomic():
        pending = dict(
            Payment.objects.select_for_update()
            .filter(payer_id=payer_id, status=PaymentStatus.PENDING)
            .order_by("pk")  # two at once lock in the same order
            .values_list("pk", "recipient_id")
        )
        if pending:
            Payment.objects.filter(pk__in=pending).update(status=PaymentStatus.COMPLETED)
            invalidate_after_commit({tag("payments", user_id) for user_id in (payer_id, *pending.values())})
    return {"settled": len(pending)}
