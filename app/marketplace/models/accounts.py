"""People: users, their one-time passwords, profiles and wallets.

The named indexes below are those of the project that is audited. Several repeat what a unique field or a
foreign key indexes already; they are rebuilt as they were, because finding that out is the experiment.
"""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone


class Role(models.TextChoices):
    """What somebody comes to the marketplace for."""

    CLIENT = "client", "Client"
    APPLICANT = "applicant", "Applicant"
    ADMIN = "admin", "Administrator"


class UserManager(BaseUserManager["User"]):
    """Creates users with a hashed password."""

    def create_user(self, username: str, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create and return a user; without a password nobody can log in as them."""
        user = self.model(username=username, email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """Somebody with an account: a client who posts jobs, or an applicant who works."""

    username = models.CharField(max_length=150, unique=True)
    email = models.EmailField(unique=True)
    first_name = models.CharField(max_length=60, blank=True)
    last_name = models.CharField(max_length=60, blank=True)
    role = models.CharField(max_length=12, choices=Role, default=Role.APPLICANT)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    class Meta:
        indexes = [
            models.Index(fields=["email"], name="user_email_idx"),
            models.Index(fields=["username"], name="user_username_idx"),
            models.Index(fields=["is_active"], name="user_is_active_idx"),
            models.Index(fields=["role"], name="user_role_idx"),
        ]


class OTP(models.Model):
    """A one-time password that was sent to a user."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="otps")
    code = models.CharField(max_length=6)
    is_verified = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = "one-time password"
        indexes = [
            models.Index(fields=["user"], name="otp_user_idx"),
            models.Index(fields=["is_verified"], name="otp_is_verified_idx"),
            models.Index(fields=["created_at"], name="otp_created_at_idx"),
            models.Index(fields=["user", "is_verified"], name="otp_user_is_verified_idx"),
        ]

    def __str__(self) -> str:
        return f"one-time password of user {self.user_id}"


class Profile(models.Model):
    """What a user shows to the others."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="profile")
    role = models.CharField(max_length=12, choices=Role, default=Role.APPLICANT)
    headline = models.CharField(max_length=120, blank=True)
    bio = models.TextField(blank=True)
    location = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=32, blank=True)
    joined_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["user"], name="profile_user_idx"),
            models.Index(fields=["role"], name="profile_role_idx"),
            models.Index(fields=["joined_at"], name="profile_joined_at_idx"),
        ]

    def __str__(self) -> str:
        return f"profile of user {self.user_id}"


class Wallet(models.Model):
    """A user's balance with the marketplace."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="wallet")
    balance = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    updated_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"wallet of user {self.user_id}"
