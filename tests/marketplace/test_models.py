"""The schema: 22 indexes on 5 models, in 3 migrations, and what the database itself refuses."""

import importlib
from collections import Counter
from decimal import Decimal

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, connection, migrations, transaction

from marketplace.factories import ReviewFactory
from marketplace.models import Application
from tests.marketplace.world import World

INDEXES = {
    "User": ["email", "username", "is_active", "role"],
    "OTP": ["user", "is_verified", "created_at", "user+is_verified"],
    "Profile": ["user", "role", "joined_at"],
    "Payment": ["status", "payer", "recipient", "job", "created_at", "status+created_at"],
    "Review": ["reviewed", "reviewer", "job", "created_at", "reviewer+reviewed+job"],
}


def test_the_22_indexes() -> None:
    declared = {
        model.__name__: ["+".join(index.fields) for index in model._meta.indexes]
        for model in apps.get_app_config("marketplace").get_models()
        if model._meta.indexes
    }
    assert declared == INDEXES
    assert sum(map(len, declared.values())) == 22


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("0001_initial", {}),
        ("0002_accounts_indexes", {"user": 4, "otp": 4, "profile": 3}),
        ("0003_payments_indexes", {"payment": 6}),
        ("0004_reviews_indexes", {"review": 5}),
    ],
)
def test_each_migration_adds_its_own(name: str, counts: dict[str, int]) -> None:
    operations = importlib.import_module(f"marketplace.migrations.{name}").Migration.operations
    added = Counter(o.model_name for o in operations if isinstance(o, migrations.AddIndex))
    assert added == counts


def test_models_and_migrations_agree(db: None) -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_they_are_in_the_database(db: None) -> None:
    with connection.cursor() as cursor:
        for model in apps.get_app_config("marketplace").get_models():
            constraints = connection.introspection.get_constraints(cursor, model._meta.db_table)
            assert {index.name for index in model._meta.indexes} <= constraints.keys()


def test_one_application_for_a_job(world: World) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.create(job=world.jobs[0], applicant=world.applicants[0])


@pytest.mark.parametrize("rating", ["0.5", "5.5"])
def test_ratings_have_bounds(world: World, rating: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ReviewFactory(rating=Decimal(rating))


def test_one_review_for_three(world: World) -> None:
    review = world.reviews[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        ReviewFactory(reviewer=review.reviewer, reviewed=review.reviewed, job=review.job)
