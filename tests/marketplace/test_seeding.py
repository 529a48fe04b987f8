"""The marketplace in the millions hangs together: asked of the rows themselves, a few thousand of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db.models import Count, F, Max, Q

from marketplace.models import (
    OTP,
    Application,
    Job,
    Payment,
    Profile,
    Review,
    SavedJob,
    Subcategory,
    User,
    Wallet,
)
from perflab.scenario.subject.tables import migrate
from perflab.seeding import archetypes_of, multiply
from perflab.seeding.rows import Rows
from perflab.seeding.target import django_on

AS_OF = dt.datetime(2025, 10, 20, tzinfo=dt.UTC)
ROWS = {"users": 600, "jobs": 1800, "applications": 9000, "payments": 7500, "reviews": 9000}
NAME = "perflab_seedtest_marketplace"


@pytest.fixture(scope="module")
def marketplace(postgres, django_db_blocker):
    """A seeded database, with Django's default connection pointed at it."""
    with django_db_blocker.unblock():
        postgres.create_database(NAME)
        with django_on(postgres.django_settings(NAME)) as connection:
            migrate()
            tables = archetypes_of("marketplace.seeding:archetypes", AS_OF, ROWS, 1)
            multiply(lambda: postgres.connect(NAME), tables, 1, connection)
            yield
        postgres.drop(NAME)


@pytest.fixture(autouse=True)
def _database(marketplace, django_db_blocker):
    with django_db_blocker.unblock():
        yield


def share(queryset, **conditions):
    return queryset.filter(**conditions).count() / queryset.count()


def most(counts, part):
    """The share of all that the largest tenth (or another part) of the groups has."""
    ordered = sorted(counts, reverse=True)
    return sum(ordered[: max(1, int(len(ordered) * part))]) / sum(ordered)


def test_numbers_of_rows():
    for model, count in ((User, 600), (Job, 1800), (Application, 9000), (Payment, 7500), (Review, 9000)):
        assert model.objects.count() == count
    assert (Profile.objects.count(), Wallet.objects.count(), OTP.objects.count()) == (600, 600, 900)


def test_a_default_run_has_about_a_million_rows():
    rows = {"users": 20000, "jobs": 60000, "applications": 300000, "payments": 250000, "reviews": 300000}
    tables = archetypes_of("marketplace.seeding:archetypes", AS_OF, rows, 1)
    assert 990_000 < sum(table.count for table in tables) < 1_050_000


def test_everybody_has_a_profile_of_their_own_role():
    assert not User.objects.filter(profile=None).exists()
    assert not Profile.objects.exclude(role=F("user__role")).exists()
    assert not Profile.objects.exclude(joined_at=F("user__date_joined")).exists()


def test_clients_post_and_applicants_apply():
    assert not Job.objects.exclude(client__role="client").exists()
    assert not Application.objects.exclude(applicant__role="applicant").exists()
    assert 0.85 < share(Job.objects, created_by=F("client")) < 1


def test_a_jobs_trade_is_of_its_industry_and_in_its_title():
    assert not Job.objects.exclude(subcategory__industry=F("industry")).exists()
    for job in Job.objects.select_related("subcategory")[:200]:
        assert job.title.startswith(job.subcategory.name)
    assert Subcategory.objects.filter(jobs=None).count() < 10


def test_dates_fit_statuses():
    assert not Job.objects.filter(status="completed", date__gte=AS_OF.date()).exists()
    assert not Job.objects.filter(status="open", date__lte=AS_OF.date()).exists()
    for model in (Job, Application, SavedJob, Payment, Review, OTP):
        assert model.objects.aggregate(last=Max("created_at"))["last"] <= AS_OF, model
    assert not Application.objects.filter(created_at__lt=F("job__created_at")).exists()
    assert not Job.objects.filter(created_at__lt=F("client__date_joined")).exists()


def test_an_applications_status_fits_its_jobs():
    assert not Application.objects.filter(job__status="open", status="accepted").exists()
    assert not Application.objects.filter(status="pending").exclude(job__status="open").exists()
    assert share(Application.objects.filter(job__status="completed"), status="accepted") > 0.35


def test_payments_go_from_the_client_to_who_worked():
    assert not Payment.objects.exclude(payer=F("job__client")).exists()
    worked = Q(job__applications__applicant=F("recipient"), job__applications__status="accepted")
    assert Payment.objects.filter(worked).count() == Payment.objects.count()
    assert not Payment.objects.exclude(job__status="completed").exists()
    assert share(Payment.objects, status="completed") > 0.75
    assert share(Payment.objects, status="pending") > 0.04


def test_reviews_are_between_the_two_of_an_application():
    of_client = Review.objects.filter(reviewer=F("job__client"), reviewed=F("job__applications__applicant"))
    of_applicant = Review.objects.filter(reviewed=F("job__client"), reviewer=F("job__applications__applicant"))
    assert of_client.count() + of_applicant.count() == Review.objects.count()
    assert 0.4 < of_client.count() / Review.objects.count() < 0.6
    assert 0.7 < share(Review.objects, rating__gte=4) < 0.95
    assert share(Review.objects, feedback="") > 0.1


def test_few_have_most():
    jobs = Job.objects.values("client").annotate(n=Count("pk")).values_list("n", flat=True)
    assert most(jobs, 0.1) > 0.4
    applications = Application.objects.values("applicant").annotate(n=Count("pk")).values_list("n", flat=True)
    assert most(applications, 0.1) > 0.3
    reviews = Review.objects.values("reviewed").annotate(n=Count("pk")).values_list("n", flat=True)
    assert most(reviews, 0.1) > 0.35


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("users", [2, 7, 40])
def test_the_smallest_data_is_possible(users, seed):
    rows = {"users": users, "jobs": 3 * users, "applications": 2 * users, "payments": 2 * users, "reviews": 3 * users}
    rows_by_model: dict[Any, Rows] = {}
    for table in archetypes_of("marketplace.seeding:archetypes", AS_OF, rows, seed):
        rows_by_model[table.model] = Rows(table, seed, rows_by_model)
        rows_by_model[table.model].draw()
