"""All models of the marketplace, by area."""

from marketplace.models.accounts import OTP, Profile, Role, User, Wallet
from marketplace.models.jobs import (
    Application,
    ApplicationStatus,
    Industry,
    Job,
    JobStatus,
    SavedJob,
    Subcategory,
)
from marketplace.models.payments import Payment, PaymentMethod, PaymentStatus
from marketplace.models.reviews import Review

__all__ = [
    "OTP",
    "Application",
    "ApplicationStatus",
    "Industry",
    "Job",
    "JobStatus",
    "Payment",
    "PaymentMethod",
    "PaymentStatus",
    "Profile",
    "Review",
    "Role",
    "SavedJob",
    "Subcategory",
    "User",
    "Wallet",
]
