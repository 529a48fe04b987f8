"""The relations between the marketplace's rows, in the millions; a single row is described in factories/.

Few clients post most of the jobs, and few applicants send most of the applications. Whoever got a job is paid for it
by its client, in instalments, and the two review each other. The rest follows from that: a payment and a review start
from an application, so payer, recipient and job always fit.

Row counts: users, jobs, applications, payments and reviews as data.rows says; one profile and wallet a user, three
one-time passwords for two users, a saved job a user, and all industries and trades.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping
from typing import Any

from marketplace.factories import (
    JOB_DAYS,
    USER_DAYS,
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
    handle_of,
    texts,
)
from marketplace.models import (
    OTP,
    Application,
    ApplicationStatus,
    Industry,
    Job,
    JobStatus,
    Payment,
    Profile,
    Review,
    Role,
    SavedJob,
    Subcategory,
    User,
    Wallet,
)
from perflab.seeding import (
    After,
    Between,
    Distinct,
    Each,
    Either,
    Mostly,
    Numbered,
    Pick,
    Popular,
    Same,
    Table,
    Turn,
)

# Archetypes: all texts and amounts come from them. More would only delay the start of seeding (0.3 ms each).
USERS = 300
JOBS = 300

HOUR = 1 / 24
# How likely the people of an application are to review each other: those who worked, then those who met.
REVIEWED = {ApplicationStatus.ACCEPTED: 1.0, ApplicationStatus.REJECTED: 0.2, ApplicationStatus.WITHDRAWN: 0.1}
HARDLY = 1e-12  # practically never, while there is anything else


def archetypes(as_of: dt.datetime, rows: Mapping[str, int], rng: random.Random) -> list[Table]:
    """Return all tables of the marketplace, parents first. Takes 0.3 s, whatever the numbers of rows.

    Args:
        as_of: The moment that the data ends at.
        rows: The numbers of users, jobs, applications, payments and reviews.
        rng: A random generator with the run's seed.
    """
    # the smallest data has a client and somebody to work for them
    users = [UserFactory.build(as_of=as_of, role=role) for role in (Role.CLIENT, Role.APPLICANT)]
    users += UserFactory.build_batch(USERS - len(users), as_of=as_of)
    industries = [IndustryFactory.build(name=name) for name in texts.TRADES]
    trades = [
        SubcategoryFactory.build(industry=industry, name=name)
        for industry in industries
        for name in texts.TRADES[industry.name]
    ]
    # every trade in turn, and some more often; every status
    client, applicant = users[:2]
    jobs = [JobFactory.build(subcategory=trade, client=client, as_of=as_of) for trade in trades]
    jobs += [
        JobFactory.build(subcategory=trades[n * n % len(trades)], client=client, as_of=as_of)
        for n in range(JOBS - len(jobs) - len(JobStatus))
    ]
    jobs += [JobFactory.build(subcategory=trades[0], client=client, status=status, as_of=as_of) for status in JobStatus]
    return [
        *_people(as_of, rows, users),
        Table(Industry, None, industries),
        Table(Subcategory, None, trades),
        *_work(as_of, rows, jobs, applicant),
        *_payments_and_reviews(as_of, rows, jobs, applicant),
    ]


def _people(as_of: dt.datetime, rows: Mapping[str, int], users: list[Any]) -> list[Table]:
    count = rows["users"]
    return [
        Table(
            User,
            count,
            users,
            columns={
                "username": Numbered(_handle),
                "email": Numbered(_handle, "@example.com"),
                "date_joined": Between(*_days(as_of, *USER_DAYS)),
            },
        ),
        Table(
            Profile,
            count,
            [ProfileFactory.build(user=user, as_of=as_of) for user in users],
            columns={"user": Each(User), "joined_at": Same("user.date_joined")},
            archetype_from="user",
        ),
        Table(
            Wallet,
            count,
            [WalletFactory.build(user=user, as_of=as_of) for user in users[:150]],
            columns={"user": Each(User), "updated_at": Between(*_days(as_of, -90, 0))},
        ),
        Table(
            OTP,
            count * 3 // 2,
            [OTPFactory.build(user=user, as_of=as_of) for user in users[:60]],
            columns={
                "user": Popular(User, exponent=0.5),
                "created_at": Between(*_days(as_of, -60, -1)),
                "expires_at": After("created_at", (HOUR / 6, HOUR / 6)),
            },
        ),
    ]


def _work(as_of: dt.datetime, rows: Mapping[str, int], jobs: list[Any], applicant: Any) -> list[Table]:
    clients = Popular(User, exponent=0.9, among=lambda user: user.role == Role.CLIENT)
    applicants = Popular(User, exponent=0.8, among=lambda user: user.role == Role.APPLICANT, distinct_within="job")
    return [
        Table(
            Job,
            rows["jobs"],
            jobs,
            columns={
                "client": clients,
                "created_by": Mostly("client", 0.93, clients),  # a colleague's account posts for the client
                "date": Between(_job_day(as_of, 0), _job_day(as_of, 1)),
                "created_at": After("date", (-30, -1), until=as_of - dt.timedelta(minutes=1)),
            },
        ),
        Table(
            Application,
            rows["applications"],
            [ApplicationFactory.build(job=job, applicant=applicant, as_of=as_of) for job in jobs],
            columns={
                # more would have nearly everybody apply
                "job": Popular(Job, exponent=0.5, at_most=max(1, rows["users"] // 3)),
                "applicant": applicants,
                "created_at": After("job.created_at", (0, 10), until=as_of),
            },
            weighted_by=("job", lambda application, job: application.job.status == job.status),
        ),
        Table(
            SavedJob,
            rows["users"],
            [SavedJobFactory.build(user=applicant, job=jobs[0], as_of=as_of)],
            columns={
                "job": Popular(Job, exponent=0.7, at_most=max(1, rows["users"] // 3)),
                "user": applicants,
                "created_at": After("job.created_at", (0, 20), until=as_of),
            },
        ),
    ]


def _payments_and_reviews(as_of: dt.datetime, rows: Mapping[str, int], jobs: list[Any], applicant: Any) -> list[Table]:
    paid = [job for job in jobs if job.status == JobStatus.COMPLETED]
    return [
        Table(
            Payment,
            rows["payments"],
            [PaymentFactory.build(job=job, recipient=applicant, as_of=as_of) for job in 2 * paid],
            links={"application": Pick(Application, weight=_is_paid)},
            columns={
                "job": Same("application.job"),
                "payer": Same("application.job.client"),
                "recipient": Same("application.applicant"),
                "created_at": After("job.date", (0.5, 14), until=as_of),
            },
        ),
        Table(
            Review,
            rows["reviews"],
            [ReviewFactory.build(job=job, reviewed=applicant, as_of=as_of) for job in 2 * paid],
            # each application at most twice: once from each side
            links={
                "application": Distinct(Application, times=2, weight=_is_reviewed),
                "turn": Turn("application", of=2),
            },
            columns={
                "job": Same("application.job"),
                "reviewer": Either("turn", ("application.job.client", "application.applicant")),
                "reviewed": Either("turn", ("application.applicant", "application.job.client")),
                "created_at": After("job.date", (0.5, 21), until=as_of),
            },
        ),
    ]


def _handle(user: Any) -> str:
    return handle_of(user.first_name, user.last_name)


def _days(as_of: dt.datetime, earliest: int, latest: int) -> tuple[dt.datetime, dt.datetime]:
    return as_of + dt.timedelta(days=earliest), as_of + dt.timedelta(days=latest)


def _job_day(as_of: dt.datetime, end: int) -> Callable[[Any], dt.datetime]:
    """Return when jobs of an archetype's status take place: 0 for the earliest moment, 1 for the latest."""

    def day(job: Any) -> dt.datetime:
        # the last day is a whole one
        return as_of + dt.timedelta(days=JOB_DAYS[job.status][end] + end - HOUR * end / 60)

    return day


def _is_paid(application: Any) -> float:
    """Whoever worked is paid."""
    worked = application.status == ApplicationStatus.ACCEPTED and application.job.status == JobStatus.COMPLETED
    return 1.0 if worked else HARDLY


def _is_reviewed(application: Any) -> float:
    if application.job.status != JobStatus.COMPLETED:
        return HARDLY
    return REVIEWED.get(application.status, HARDLY)
