"""Jobs and who wants them: industries and trades, shifts, applications, saved jobs."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import factory
import factory.random
from factory.django import DjangoModelFactory

from marketplace.factories import texts
from marketplace.factories.accounts import UserFactory
from marketplace.factories.dates import DatedFactory, days_after, made_with, midnight, within
from marketplace.factories.rng import by_share, choose, place, sentences
from marketplace.models import (
    Application,
    ApplicationStatus,
    Industry,
    Job,
    JobStatus,
    Role,
    SavedJob,
    Subcategory,
)

HELPER = {"Helper": 14}  # the trade of an industry that is not in texts.TRADES

JOB_SHARES = {JobStatus.OPEN: 12, JobStatus.FILLED: 8, JobStatus.COMPLETED: 70, JobStatus.CANCELLED: 10}
# When a shift of this status takes place, in days from `as_of`: (earliest, latest).
JOB_DAYS: dict[str, tuple[int, int]] = {
    JobStatus.OPEN: (1, 30),
    JobStatus.FILLED: (1, 14),
    JobStatus.COMPLETED: (-720, -1),
    JobStatus.CANCELLED: (-720, 10),
}
# The status of an application depends on the job's.
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


class IndustryFactory(DjangoModelFactory[Industry]):
    """The twelve industries by turns; an industry that exists is used again."""

    class Meta:
        model = Industry
        django_get_or_create = ("name",)

    name = factory.Iterator(texts.TRADES)


class SubcategoryFactory(DjangoModelFactory[Subcategory]):
    """A trade of its industry."""

    class Meta:
        model = Subcategory
        django_get_or_create = ("industry", "name")

    industry = factory.SubFactory(IndustryFactory)
    name = factory.LazyAttribute(lambda trade: choose(list(texts.TRADES.get(trade.industry.name, HELPER))))


def _pay_rate(job: Any) -> Decimal:
    """Draw a rate around the trade's usual hourly pay, in steps of 25 cents."""
    usual = texts.TRADES.get(job.industry.name, HELPER).get(job.subcategory.name, 14)
    return Decimal(round(4 * usual * factory.random.randgen.uniform(0.9, 1.3))) / 4


class JobFactory(DatedFactory[Job]):
    """A shift whose date fits its status: the open ones lie ahead, the completed ones behind."""

    class Meta:
        model = Job

    class Params:
        shift = factory.LazyFunction(lambda: choose(texts.SHIFTS))

    client = made_with(UserFactory, role=Role.CLIENT)
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
    pay_rate = factory.LazyAttribute(_pay_rate)


class ApplicationFactory(DatedFactory[Application]):
    """An application; its status fits the job's."""

    class Meta:
        model = Application

    job = made_with(JobFactory)
    applicant = made_with(UserFactory, role=Role.APPLICANT)
    status = factory.LazyAttribute(lambda application: by_share(APPLICATION_SHARES[application.job.status]))
    note = factory.LazyFunction(lambda: sentences(texts.NOTE_SENTENCES, 0, 3))
    created_at = factory.LazyAttribute(lambda application: within(application.job.created_at, 10, application.as_of))


class SavedJobFactory(DatedFactory[SavedJob]):
    """A job on somebody's list."""

    class Meta:
        model = SavedJob

    user = made_with(UserFactory, role=Role.APPLICANT)
    job = made_with(JobFactory)
    created_at = factory.LazyAttribute(lambda saved: within(saved.job.created_at, 10, saved.as_of))
