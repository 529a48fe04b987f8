"""People: their accounts, and what belongs to one."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import Decimal

import factory
import factory.random

from marketplace.factories import texts
from marketplace.factories.dates import DatedFactory, days_after, made_with
from marketplace.factories.rng import by_share, choose, place, sentences
from marketplace.models import OTP, Profile, Role, User, Wallet

PASSWORD = "shift-work"
# Hashing is slow on purpose, 0.3 s each: everybody has the same password, hashed once.
PASSWORD_HASH = "pbkdf2_sha256$1000000$marketplaceFactories$X8hSOtcySUTR44hcq69qrlunwnBLjXc0VgLdlepfE+g="

USER_SHARES = {Role.CLIENT: 18, Role.APPLICANT: 81, Role.ADMIN: 1}
USER_DAYS = (-1800, -760)  # everybody joined before the oldest job was posted


def handle_of(first_name: str, last_name: str) -> str:
    """Return the start of a login name: plain letters and a dot."""
    plain = unicodedata.normalize("NFKD", f"{first_name}.{last_name}").encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z.]", "", plain.lower())


class UserFactory(DatedFactory[User]):
    """A user of any role; `complete=True` adds the profile and the wallet that everybody has in the end."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        complete = factory.Trait(
            profile=factory.RelatedFactory("marketplace.factories.ProfileFactory", "user"),
            wallet=factory.RelatedFactory("marketplace.factories.WalletFactory", "user"),
        )

    first_name = factory.LazyFunction(lambda: choose(texts.FIRST_NAMES))
    last_name = factory.LazyFunction(lambda: choose(texts.LAST_NAMES))
    username = factory.LazyAttributeSequence(lambda user, n: f"{handle_of(user.first_name, user.last_name)}{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    password = PASSWORD_HASH
    role = factory.LazyFunction(lambda: by_share(USER_SHARES))
    is_active = factory.LazyFunction(lambda: by_share({True: 96, False: 4}))
    date_joined = factory.LazyAttribute(lambda user: days_after(user.as_of, *USER_DAYS))
    last_login = factory.LazyAttribute(
        lambda user: None if by_share({True: 8, False: 92}) else days_after(user.as_of, -120, 0)
    )


class ProfileFactory(DatedFactory[Profile]):
    """The profile of a user; its role is the user's."""

    class Meta:
        model = Profile

    user = made_with(UserFactory)
    role = factory.SelfAttribute("user.role")
    joined_at = factory.SelfAttribute("user.date_joined")
    headline = factory.LazyFunction(lambda: choose(texts.HEADLINES))
    bio = factory.LazyFunction(lambda: sentences(texts.BIO_SENTENCES, 0, 5))
    location = factory.LazyFunction(place)
    phone = factory.LazyFunction(lambda: f"+00 555 {factory.random.randgen.randint(100_000, 999_999)}")


class WalletFactory(DatedFactory[Wallet]):
    """The wallet of a user; most hold little."""

    class Meta:
        model = Wallet

    user = made_with(UserFactory)
    balance = factory.LazyFunction(
        lambda: Decimal(round(100 * min(factory.random.randgen.paretovariate(1.1) * 8, 25_000) - 800)) / 100
    )
    updated_at = factory.LazyAttribute(lambda wallet: days_after(wallet.as_of, -90, 0))


class OTPFactory(DatedFactory[OTP]):
    """A one-time password, good for ten minutes."""

    class Meta:
        model = OTP

    user = made_with(UserFactory)
    code = factory.LazyFunction(lambda: f"{factory.random.randgen.randrange(1_000_000):06d}")
    is_verified = factory.LazyFunction(lambda: by_share({True: 83, False: 17}))
    created_at = factory.LazyAttribute(lambda otp: days_after(otp.as_of, -60, -0.01))
    expires_at = factory.LazyAttribute(lambda otp: otp.created_at + dt.timedelta(minutes=10))
