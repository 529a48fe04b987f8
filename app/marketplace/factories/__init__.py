"""The one description of realistic data: tests use it as it is, experiments multiply it.

A factory makes one row that is plausible in itself: texts that fit the role, a status that fits the date,
shares of statuses as in a running marketplace. How rows hang together in the millions (who gets most jobs) is
in marketplace.seeding.

Everything random comes from factory_boy's own generator, so `factory.random.reseed_random(n)` repeats it;
dates are counted back from `as_of`, never from now.

>>> JobFactory(client=UserFactory(role="client"), status="open")   # doctest: +SKIP
"""

from marketplace.factories.accounts import (
    PASSWORD,
    USER_DAYS,
    OTPFactory,
    ProfileFactory,
    UserFactory,
    WalletFactory,
    handle_of,
)
from marketplace.factories.dates import AS_OF
from marketplace.factories.jobs import (
    JOB_DAYS,
    ApplicationFactory,
    IndustryFactory,
    JobFactory,
    SavedJobFactory,
    SubcategoryFactory,
)
from marketplace.factories.payments import PaymentFactory
from marketplace.factories.reviews import ReviewFactory

__all__ = [
    "AS_OF",
    "JOB_DAYS",
    "PASSWORD",
    "USER_DAYS",
    "ApplicationFactory",
    "IndustryFactory",
    "JobFactory",
    "OTPFactory",
    "PaymentFactory",
    "ProfileFactory",
    "ReviewFactory",
    "SavedJobFactory",
    "SubcategoryFactory",
    "UserFactory",
    "WalletFactory",
    "handle_of",
]
