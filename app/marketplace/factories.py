"""What realistic data looks like: the one description, used by tests as it is, multiplied for experiments.

A factory makes one row that is plausible in itself: texts that fit the role, a status that fits the date,
shares of statuses as in a running marketplace. How rows hang together in the millions (who gets most jobs) is
in marketplace.seeding.

Everything random comes from factory_boy's own generator, so `factory.random.reseed_random(n)` repeats it;
dates are counted back from `as_of`, never from now.

>>> JobFactory(client=UserFactory(role="client"), status="open")   # doctest: +SKIP
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

import factory
import factory.random
from factory.django import DjangoModelFactory

from marketplace import factory_texts as texts
from marketplace.models import (
    OTP,
    Application,
    ApplicationStatus,
    Industry,
    Job,
    JobStatus,
    Payment,
    PaymentMethod,
    PaymentStatus,
    Profile,
    Review,
    Role,
    SavedJob,
    Subcategory,
    User,
    Wallet,
)

T = TypeVar("T")

AS_OF = dt.datetime(2025, 10, 20, tzinfo=dt.UTC)

PASSWORD = "shift-work"
# Hashing is slow on purpose: 0.3 s each. Everybody has the same password, hashed once.
PASSWORD_HASH = "pbkdf2_sha256$1000000$marketplaceFactories$X8hSOtcySUTR44hcq69qrlunwnBLjXc0VgLdlepfE+g="

HELPER = {"Helper": 14}  # the trade of an industry that is not in texts.TRADES

USER_SHARES = {Role.CLIENT: 18, Role.APPLICANT: 81, Role.ADMIN: 1}
JOB_SHARES = {JobStatus.OPEN: 12, JobStatus.FILLED: 8, JobStatus.COMPLETED: 70, JobStatus.CANCELLED: 10}
# What becomes of an application hangs on what became of the job.
APPLICATION_SHARES: dict[str, dict[ApplicationStatus, int]] = {
    JobStatus.OPEN: {
        ApplicationStatus.PENDING: 85,
        ApplicationStatus.REJECTED: 5,
        ApplicationStatus.WITHDRAWN: 10,
    },
    JobStatus.FILLED: {
        ApplicationStatus.ACCEPTED: 35,
        ApplicationStatus.REJECTED: 55,
        ApplicationStatus.WITHDRAWN: 10,
    },
    JobStatus.COMPLETED: {
        ApplicationStatus.ACCEPTED: 55,
        ApplicationStatus.REJECTED: 37,
        ApplicationStatus.WITHDRAWN: 8,
    },
    JobStatus.CANCELLED: {ApplicationStatus.REJECTED: 70, ApplicationStatus.WITHDRAWN: 30},
}
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
# Public ratings pile up at the top, with a small second heap at the bottom.
RATING_SHARES = {"5.0": 44, "4.5": 22, "4.0": 15, "3.5": 6, "3.0": 5, "2.5": 2, "2.0": 2, "1.5": 1, "1.0": 3}
# When a shift of this status takes place, in days from `as_of`: (earliest, latest).
JOB_DAYS: dict[str, tuple[int, int]] = {
    JobStatus.OPEN: (1, 30),
    JobStatus.FILLED: (1, 14),
    JobStatus.COMPLETED: (-720, -1),
    JobStatus.CANCELLED: (-720, 10),
}
USER_DAYS = (-1800, -760)  # everybody joined before the oldest job was posted


def choose(options: Sequence[T]) -> T:
    """One of them, each as likely."""
    return factory.random.randgen.choice(options)  # type: ignore[no-any-return]


def by_share(shares: Mapping[T, int]) -> T:
    """One of them, as likely as its share says."""
    return factory.random.randgen.choices(list(shares), weights=list(shares.values()))[0]  # type: ignore[no-any-return]


def sentences(pool: Sequence[str], fewest: int, most: int) -> str:
    """A text of some different sentences; none at all if the dice say 0."""
    return " ".join(factory.random.randgen.sample(pool, factory.random.randgen.randint(fewest, most)))


def place() -> str:
    return f"{choose(texts.CITIES)} {choose(texts.DISTRICTS)}"


def days_after(moment: dt.datetime, earliest: float, latest: float) -> dt.datetime:
    """A moment between so many days after another, in whole milliseconds."""
    days = factory.random.randgen.uniform(earliest, latest)
    return moment + dt.timedelta(milliseconds=round(days * 86_400_000))


def within(moment: dt.datetime, days: float, as_of: dt.datetime) -> dt.datetime:
    """A moment at most so many days after another, and not after `as_of`."""
    if moment >= as_of:
        return as_of
    return days_after(moment, 0, min(days, (as_of - moment) / dt.timedelta(days=1)))


def midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def handle_of(first_name: str, last_name: str) -> str:
    """What a login name starts with: plain letters and a dot."""
    plain = unicodedata.normalize("NFKD", f"{first_name}.{last_name}").encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z.]", "", plain.lower())


class UserFactory(DjangoModelFactory):
    """A user of any role; `complete=True` adds the profile and the wallet that everybody has in the end."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        as_of = AS_OF
        complete = factory.Trait(
            profile=factory.RelatedFactory("marketplace.factories.ProfileFactory", "user"),
            wallet=factory.RelatedFactory("marketplace.factories.WalletFactory", "user"),
        )

    first_name = factory.LazyFunction(lambda: choose(texts.FIRST_NAMES))
    last_name = factory.LazyFunction(lambda: choose(texts.LAST_NAMES))
    username = factory.LazyAttributeSequence(
        lambda user, n: f"{handle_of(user.first_name, user.last_name)}{n}"
    )
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    password = PASSWORD_HASH
    role = factory.LazyFunction(lambda: by_share(USER_SHARES))
    is_active = factory.LazyFunction(lambda: by_share({True: 96, False: 4}))
    date_joined = factory.LazyAttribute(lambda user: days_after(user.as_of, *USER_DAYS))
    last_login = factory.LazyAttribute(
        lambda user: None if by_share({True: 8, False: 92}) else days_after(user.as_of, -120, 0)
    )


class ProfileFactory(DjangoModelFactory):
    """The profile of a user; its role is the user's."""

    class Meta:
        model = Profile

    class Params:
        as_of = AS_OF

    user = factory.SubFactory(UserFactory, as_of=factory.SelfAttribute("..as_of"))
    role = factory.SelfAttribute("user.role")
    joined_at = factory.SelfAttribute("user.date_joined")
    headline = factory.LazyFunction(lambda: choose(texts.HEADLINES))
    bio = factory.LazyFunction(lambda: sentences(texts.BIO_SENTENCES, 0, 5))
    location = factory.LazyFunction(place)
    phone = factory.LazyFunction(lambda: f"+00 555 {factory.random.randgen.randint(100_000, 999_999)}")


class WalletFactory(DjangoModelFactory):
    """The wallet of a user; most hold little."""

    class Meta:
        model = Wallet

    class Params:
        as_of = AS_OF

    user = factory.SubFactory(UserFactory, as_of=factory.SelfAttribute("..as_of"))
    balance = factory.LazyFunction(
        lambda: Decimal(round(100 * min(factory.random.randgen.paretovariate(1.1) * 8, 25_000) - 800)) / 100
    )
    updated_at = factory.LazyAttribute(lambda wallet: days_after(wallet.as_of, -90, 0))


class OTPFactory(DjangoModelFactory):
    """A one-time password, good for ten minutes."""

    class Meta:
        model = OTP

    class Params:
        as_of = AS_OF

    user = factory.SubFactory(UserFactory, as_of=factory.SelfAttribute("..as_of"))
    code = factory.LazyFunction(lambda: f"{factory.random.randgen.randrange(1_000_000):06d}")
    is_verified = factory.LazyFunction(lambda: by_share({True: 83, False: 17}))
    created_at = factory.LazyAttribute(lambda otp: days_after(otp.as_of, -60, -0.01))
    expires_at = factory.LazyAttribute(lambda otp: otp.created_at + dt.timedelta(minutes=10))


class IndustryFactory(DjangoModelFactory):
    """One of the twelve industries, in turn; asked for again it is the same row."""

    class Meta:
        model = Industry
        django_get_or_create = ("name",)

    name = factory.Iterator(texts.TRADES)


class SubcategoryFactory(DjangoModelFactory):
    """A trade of its industry."""

    class Meta:
        model = Subcategory
        django_get_or_create = ("industry", "name")

    industry = factory.SubFactory(IndustryFactory)
    name = factory.LazyAttribute(lambda trade: choose(list(texts.TRADES.get(trade.industry.name, HELPER))))


class JobFactory(DjangoModelFactory):
    """A shift whose date fits its status: the open ones lie ahead, the completed ones behind."""

    class Meta:
        model = Job

    class Params:
        as_of = AS_OF
        shift = factory.LazyFunction(lambda: choose(texts.SHIFTS))

    client = factory.SubFactory(UserFactory, as_of=factory.SelfAttribute("..as_of"), role=Role.CLIENT)
    created_by = factory.SelfAttribute("client")
    subcategory = factory.SubFactory(SubcategoryFactory)
    industry = factory.SelfAttribute("subcategory.industry")
    title = factory.LazyAttribute(lambda job: f"{job.subcategory.name}, {job.shift[0]}")
    description = factory.LazyFunction(lambda: sentences(texts.JOB_SENTENCES, 2, 7))
    location = factory.LazyFunction(place)
    status = factory.LazyFunction(lambda: by_share(JOB_SHARES))
    date = factory.LazyAttribute(lambda job: days_after(job.as_of, *JOB_DAYS[job.status]).date())
    start_time = factory.LazyAttribute(lambda job: dt.time(job.shift[1]))
    end_time = factory.LazyAttribute(lambda job: dt.time((job.shift[1] + job.shift[2]) % 24))
    created_at = factory.LazyAttribute(
        lambda job: min(days_after(midnight(job.date), -30, -1), days_after(job.as_of, -20, -0.01))
    )

    @factory.lazy_attribute
    def pay_rate(self) -> Decimal:
        """The trade's hourly pay, give or take, in steps of 25 cents."""
        usual = texts.TRADES.get(self.industry.name, HELPER).get(self.subcategory.name, 14)
        return Decimal(round(4 * usual * factory.random.randgen.uniform(0.9, 1.3))) / 4


class ApplicationFactory(DjangoModelFactory):
    """An application; its status fits the job's."""

    class Meta:
        model = Application

    class Params:
        as_of = AS_OF

    job = factory.SubFactory(JobFactory, as_of=factory.SelfAttribute("..as_of"))
    applicant = factory.SubFactory(UserFactory, as_of=factory.SelfAttribute("..as_of"), role=Role.APPLICANT)
    status = factory.LazyAttribute(lambda application: by_share(APPLICATION_SHARES[application.job.status]))
    note = factory.LazyFunction(lambda: sentences(texts.NOTE_SENTENCES, 0, 3))
    created_at = factory.LazyAttribute(
        lambda application: within(application.job.created_at, 10, application.as_of)
    )


class SavedJobFactory(DjangoModelFactory):
    """A job on somebody's list."""

    class Meta:
        model = SavedJob

    class Params:
        as_of = AS_OF

    user = factory.SubFactory(UserFactory, as_of=factory.SelfAttribute("..as_of"), role=Role.APPLICANT)
    job = factory.SubFactory(JobFactory, as_of=factory.SelfAttribute("..as_of"))
    created_at = factory.LazyAttribute(lambda saved: within(saved.job.created_at, 10, saved.as_of))


def _hours(job: Job) -> int:
    """How long a shift is; one that ends before it starts ends the next morning."""
    return (job.end_time.hour - job.start_time.hour) % 24


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))


class PaymentFactory(DjangoModelFactory):
    """What the client pays for a shift: all of it, or an instalment."""

    class Meta:
        model = Payment

    class Params:
        as_of = AS_OF

    job = factory.SubFactory(JobFactory, as_of=factory.SelfAttribute("..as_of"), status=JobStatus.COMPLETED)
    payer = factory.SelfAttribute("job.client")
    recipient = factory.SubFactory(UserFactory, as_of=factory.SelfAttribute("..as_of"), role=Role.APPLICANT)
    amount = factory.LazyAttribute(
        lambda payment: _cents(payment.job.pay_rate * _hours(payment.job) / by_share({1: 6, 2: 3, 4: 1}))
    )
    fee = factory.LazyAttribute(lambda payment: _cents(payment.amount * Decimal("0.08")))
    method = factory.LazyFunction(lambda: by_share(METHOD_SHARES))
    status = factory.LazyFunction(lambda: by_share(PAYMENT_SHARES))
    created_at = factory.LazyAttribute(lambda payment: within(midnight(payment.job.date), 14, payment.as_of))


class ReviewFactory(DjangoModelFactory):
    """A client's rating of whoever worked; the words fit the stars, and a fifth say nothing."""

    class Meta:
        model = Review

    class Params:
        as_of = AS_OF

    job = factory.SubFactory(JobFactory, as_of=factory.SelfAttribute("..as_of"), status=JobStatus.COMPLETED)
    reviewer = factory.SelfAttribute("job.client")
    reviewed = factory.SubFactory(UserFactory, as_of=factory.SelfAttribute("..as_of"), role=Role.APPLICANT)
    rating = factory.LazyFunction(lambda: Decimal(by_share(RATING_SHARES)))
    created_at = factory.LazyAttribute(lambda review: within(midnight(review.job.date), 14, review.as_of))

    @factory.lazy_attribute
    def feedback(self) -> str:
        if by_share({True: 2, False: 8}):
            return ""
        pool: Any = texts.GOOD_FEEDBACK if self.rating >= 3 else texts.BAD_FEEDBACK
        return sentences(pool, 1, 4)
