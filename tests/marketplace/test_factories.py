"""The factories make rows that the database takes, that hang together, and that a seed repeats."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import factory.random
import pytest
from django.contrib.auth.hashers import check_password

from marketplace import factories
from marketplace.factories import (
    AS_OF,
    ApplicationFactory,
    IndustryFactory,
    JobFactory,
    OTPFactory,
    PaymentFactory,
    ProfileFactory,
    ReviewFactory,
    SavedJobFactory,
    SubcategoryFactory,
    UserFactory,
    WalletFactory,
)
from marketplace.models import JobStatus, Profile, Role, User, Wallet

ALL = (
    UserFactory,
    ProfileFactory,
    WalletFactory,
    OTPFactory,
    IndustryFactory,
    SubcategoryFactory,
    JobFactory,
    ApplicationFactory,
    SavedJobFactory,
    PaymentFactory,
    ReviewFactory,
)


@pytest.fixture(autouse=True)
def seed():
    factory.random.reseed_random(7)


@pytest.mark.django_db
@pytest.mark.parametrize("made_by", ALL, ids=lambda made_by: made_by.__name__)
def test_rows_are_valid_and_savable(made_by):
    for row in made_by.create_batch(5):
        row.full_clean(validate_unique=False, validate_constraints=False)  # queries of their own


@pytest.mark.django_db
def test_a_complete_user_has_profile_and_wallet_of_its_own_role():
    user = UserFactory(complete=True, role=Role.CLIENT)
    assert Profile.objects.get(user=user).role == Role.CLIENT
    assert Wallet.objects.get(user=user).balance is not None
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_a_payment_goes_from_the_jobs_client_to_somebody_else():
    payment = PaymentFactory()
    assert payment.payer == payment.job.client
    assert payment.recipient != payment.payer
    assert 0 < payment.fee < payment.amount


def test_everybody_has_the_password_that_was_hashed_once():
    assert check_password(factories.PASSWORD, UserFactory.build().password)


def test_a_jobs_date_fits_its_status():
    for job in JobFactory.build_batch(300):
        assert job.created_at < AS_OF
        if job.status == JobStatus.COMPLETED:
            assert job.date < AS_OF.date()
        if job.status == JobStatus.OPEN:
            assert job.date > AS_OF.date()


def test_nothing_has_happened_after_as_of():
    as_of = dt.datetime(2024, 2, 29, tzinfo=dt.UTC)
    for made_by in (ApplicationFactory, SavedJobFactory, PaymentFactory, ReviewFactory, OTPFactory):
        assert all(row.created_at <= as_of for row in made_by.build_batch(100, as_of=as_of))
    assert all(user.date_joined < as_of for user in UserFactory.build_batch(100, as_of=as_of))


def test_shares_are_those_of_a_marketplace():
    roles = Counter(user.role for user in UserFactory.build_batch(1000))
    assert roles[Role.APPLICANT] > 3 * roles[Role.CLIENT] > 3 * roles[Role.ADMIN]
    ratings = [review.rating for review in ReviewFactory.build_batch(500)]
    assert min(ratings) >= 1
    assert max(ratings) == 5
    assert sum(rating >= 4 for rating in ratings) > 300


def test_the_words_of_a_review_fit_its_stars():
    bad = " ".join(review.feedback for review in ReviewFactory.build_batch(50, rating=1))
    assert "did not call" in bad
    assert "Would gladly" not in bad


def facts(batch):
    return [
        {key: value for key, value in vars(row).items() if not key.startswith("_") and key != "username"}
        for row in batch
    ]


def test_the_same_seed_gives_the_same_rows():
    jobs = []
    for seed in (1, 1, 2):
        factory.random.reseed_random(seed)
        jobs.append(facts(JobFactory.build_batch(20, subcategory=SubcategoryFactory.build(name="Waiter"))))
    assert jobs[0] == jobs[1]
    assert jobs[0] != jobs[2]
