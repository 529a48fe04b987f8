"""Money that one user pays another for a job."""

from django.db import models
from django.utils import timezone

from marketplace.models.accounts import User
from marketplace.models.jobs import Job


class PaymentStatus(models.TextChoices):
    """Where the money is."""

    PENDING = "pending", "Pending"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    REFUNDED = "refunded", "Refunded"


class PaymentMethod(models.TextChoices):
    """How the payer pays."""

    CARD = "card", "Card"
    BANK_TRANSFER = "bank_transfer", "Bank transfer"
    WALLET = "wallet", "Wallet"
    CASH = "cash", "Cash"


class Payment(models.Model):
    """A payment for a job; `fee` is the marketplace's share of `amount`."""

    payer = models.ForeignKey(User, on_delete=models.CASCADE, related_name="payments_made")
    recipient = models.ForeignKey(User, on_delete=models.CASCADE, related_name="payments_received")
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="payments")
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    fee = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    method = models.CharField(max_length=16, choices=PaymentMethod, default=PaymentMethod.CARD)
    status = models.CharField(max_length=12, choices=PaymentStatus, default=PaymentStatus.PENDING)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["status"], name="payment_status_idx"),
            models.Index(fields=["payer"], name="payment_payer_idx"),
            models.Index(fields=["recipient"], name="payment_recipient_idx"),
            models.Index(fields=["job"], name="payment_job_idx"),
            models.Index(fields=["created_at"], name="payment_created_at_idx"),
            models.Index(fields=["status", "created_at"], name="payment_status_created_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} from user {self.payer_id} to user {self.recipient_id}"
