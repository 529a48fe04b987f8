"""Columns drawn for a few rows of the marketplace; no database is needed for that."""

from __future__ import annotations

from typing import Any

from marketplace.factories import JobFactory, UserFactory
from marketplace.models import Application, Job, User
from perflab.seeding import Popular, Table
from perflab.seeding.rows import Rows


def users_and_jobs():
    """100 users, every fourth a client, and 200 jobs of them."""
    users = [UserFactory.build(role="client"), *UserFactory.build_batch(3, role="applicant")]
    jobs = JobFactory.build_batch(5, client=users[0])
    drawn: dict[Any, Rows] = {}
    drawn[User] = Rows(Table(User, 100, users), 1, drawn)
    client = Popular(User, exponent=1.0, among=lambda user: user.role == "client")
    drawn[Job] = Rows(Table(Job, 200, jobs, columns={"client": client}), 1, drawn)
    return drawn


def rows_of(drawn, count, model=Application, archetypes=None, seed=1, **columns):
    return Rows(Table(model, count, archetypes or [Application()], columns=columns), seed, drawn)


def values(drawn, column, count=300, **others):
    return rows_of(drawn, count, **others, wanted=column).path("wanted").values
