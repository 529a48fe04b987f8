"""A small marketplace whose every number is known, and the endpoints to look at it through."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.test import Client

from marketplace.api.auth import headers
from marketplace.factories import (
    AS_OF,
    ApplicationFactory,
    JobFactory,
    PaymentFactory,
    ReviewFactory,
    SubcategoryFactory,
    UserFactory,
)
from marketplace.models import Application, Job, Payment, Review, User


@dataclass(frozen=True)
class World:
    """Two clients and four applicants; the last one never made a profile."""

    client: User
    other_client: User
    applicants: tuple[User, User, User, User]
    jobs: tuple[Job, Job]
    applications: tuple[Application, ...]
    payments: tuple[Payment, ...]
    reviews: tuple[Review, ...]


def build() -> World:
    client, other_client = (UserFactory(complete=True, role="client") for _ in range(2))
    applicants: tuple[User, User, User, User] = (
        UserFactory(complete=True, role="applicant"),
        UserFactory(complete=True, role="applicant"),
        UserFactory(complete=True, role="applicant"),
        UserFactory(role="applicant"),
    )
    trade = SubcategoryFactory()
    jobs = (
        JobFactory(client=client, subcategory=trade, status="completed"),
        # Posted by somebody else on the client's behalf, so that the two people differ somewhere.
        JobFactory(client=client, created_by=other_client, subcategory=trade, status="open"),
    )
    statuses = ("accepted", "rejected", "pending", "withdrawn")
    applications = (
        *(
            ApplicationFactory(job=jobs[0], applicant=who, status=s)
            for who, s in zip(applicants, statuses, strict=True)
        ),
        ApplicationFactory(job=jobs[1], applicant=applicants[0], status="pending"),
    )
    # Two of one moment: the order must not hang on luck.
    payments = (
        PaymentFactory(job=jobs[0], recipient=applicants[0], status="completed", created_at=AS_OF - timedelta(days=3)),
        PaymentFactory(job=jobs[0], recipient=applicants[1], status="pending", created_at=AS_OF - timedelta(days=3)),
        PaymentFactory(job=jobs[1], recipient=applicants[3], status="pending", created_at=AS_OF - timedelta(days=2)),
    )
    reviews = (
        ReviewFactory(job=jobs[0], reviewed=applicants[0], rating=Decimal("4.5")),
        ReviewFactory(job=jobs[1], reviewed=applicants[0], rating=Decimal("3.5")),
        ReviewFactory(job=jobs[0], reviewed=applicants[1], rating=Decimal("4.0")),
        ReviewFactory(job=jobs[0], reviewer=applicants[0], reviewed=client, rating=Decimal("5.0")),
    )
    return World(client, other_client, applicants, jobs, applications, payments, reviews)


@dataclass(frozen=True)
class Endpoint:
    """One of the ten, as the world's client asks for it."""

    name: str
    method: str
    path: str
    plain: int  # queries
    optimised: int
    ttl_s: int | None = None  # how long its response is cached; None is not at all

    @property
    def is_cached(self) -> bool:
        return self.ttl_s is not None

    def url(self, world: World) -> str:
        return self.path.format(client=world.client.pk, applicant=world.applicants[0].pk, job=world.jobs[0].pk)

    def caller(self, world: World) -> User:
        return world.applicants[0] if self.name == "applications" else world.client


ENDPOINTS = (
    # Plain: count and page, then payer, payer's profile, recipient, recipient's profile and job of 3 payments.
    # Optimised: count and page.
    Endpoint("payments", "GET", "/users/{client}/payments", 2 + 3 * 5, 2, ttl_s=300),
    # Plain: the user, count and page, then both people, their profiles and the job of 2 reviews.
    # Optimised: count and page.
    Endpoint("reviews", "GET", "/reviews/{applicant}", 3 + 2 * 5, 2, ttl_s=1800),
    # The same of the 3 reviews that the client gave.
    Endpoint("ratings", "GET", "/ratings/reviewer_{client}/", 3 + 3 * 5, 2, ttl_s=1800),
    # Plain: user, reviews, profile. Optimised: one join with the aggregates.
    Endpoint("profile", "GET", "/get-profile/{applicant}", 3, 1, ttl_s=3600),
    # Plain: profile, user. Optimised: one join.
    Endpoint("account", "GET", "/get-account-details", 2, 1, ttl_s=3600),
    # Plain: job, applications and their count; client, creator, their profiles, industry, subcategory; applicant and
    # profile of 4 applications. Optimised: job, applications, count.
    Endpoint("job", "GET", "/jobs/{job}", 3 + 6 + 4 * 2, 3, ttl_s=1800),
    # Plain: count and page; job, client, client's profile, industry, subcategory, applicant and profile of 2
    # applications. Optimised: count and page.
    Endpoint("applications", "POST", "/apply-jobs/", 2 + 2 * 7, 2),
    # Plain: user, count, page; for 2 jobs applications, count and the 6 of a job; 5 applications with applicant and
    # profile. Optimised: count, jobs, all of their applications.
    Endpoint("client_jobs", "GET", "/clientjobs/{client}", 3 + 2 * 8 + 5 * 2, 3),
    # As /jobs/.
    Endpoint("client_job", "GET", "/client/jobs/{job}", 3 + 6 + 4 * 2, 3),
    # Plain: job, applications; applicant and reviews of the 3 that stand; their profiles. Optimised: the ratings of
    # all applicants, the applications of the page.
    Endpoint("best_applicants", "GET", "/jobs/{job}/best-applicants/", 2 + 3 * 2 + 3, 2),
)


def call(method: str, url: str, user: User | None, body: Any = None) -> Any:
    """One request, through the whole stack; an exception is a failed test."""
    return Client().generic(
        method,
        url,
        data=b"" if body is None else _json(body),
        content_type="application/json",
        headers=headers(user.pk, user.role) if user else {},
    )


def _json(body: Any) -> bytes:
    import json

    return json.dumps(body, default=str).encode()
