"""Models as plain data, the same for both ways of querying.

Everything written here is recorded as shown (`depends_on`), so that a response is dropped from the cache when it changes.
The selectors load relations, so that following one costs no query.
"""

from decimal import Decimal
from typing import Any

from marketplace.caching.dependencies import depends_on
from marketplace.models import Application, Job, Payment, Profile, Review, User
from marketplace.selectors.applications import Candidate
from marketplace.selectors.jobs import JobWithApplications
from marketplace.selectors.people import Rating

Data = dict[str, Any]


def decimal(value: Decimal | None, places: int = 2) -> str | None:
    """Return a number as text, with the same number of decimals whether it comes from the database or from a request."""
    return None if value is None else f"{value:.{places}f}"


def person_card(user: User) -> Data:
    """Return a user as shown in lists, also one without a profile."""
    depends_on("user", user.pk)
    profile = getattr(user, "profile", None)  # RelatedObjectDoesNotExist is an AttributeError
    return {
        "id": user.pk,
        "username": user.username,
        "name": f"{user.first_name} {user.last_name}".strip(),
        "role": user.role,
        "headline": profile.headline if profile else None,
        "location": profile.location if profile else None,
    }


def person(user: User, rating: Rating) -> Data:
    """Return the public profile."""
    depends_on("reviews", user.pk)
    profile = getattr(user, "profile", None)
    return {
        **person_card(user),
        "bio": profile.bio if profile else None,
        "joined_at": profile.joined_at.isoformat() if profile else None,
        "rating": _rating(rating),
    }


def _rating(rating: Rating) -> Data:
    return {"average": decimal(rating.average), "count": rating.count}


def account(profile: Profile) -> Data:
    """Return the account as only its owner sees it."""
    user = profile.user
    return {
        **person_card(user),
        "email": user.email,
        "is_active": user.is_active,
        "date_joined": user.date_joined.isoformat(),
        "phone": profile.phone,
        "bio": profile.bio,
        "joined_at": profile.joined_at.isoformat(),
    }


def job_card(job: Job) -> Data:
    """Return a job as shown in lists, without anything that would cost a query."""
    depends_on("job", job.pk)
    return {
        "id": job.pk,
        "title": job.title,
        "status": job.status,
        "date": job.date.isoformat(),
        "start_time": job.start_time.isoformat(),
        "end_time": job.end_time.isoformat(),
        "pay_rate": decimal(job.pay_rate),
        "location": job.location,
    }


def _branch(job: Job) -> Data:
    depends_on("industry", job.industry_id)
    depends_on("subcategory", job.subcategory_id)
    return {
        "industry": {"id": job.industry_id, "name": job.industry.name},
        "subcategory": {"id": job.subcategory_id, "name": job.subcategory.name},
    }


def job_detail(loaded: JobWithApplications) -> Data:
    """Return a job with its people; the same for every viewer, so without notes."""
    job = loaded.job
    return {
        **job_card(job),
        **_branch(job),
        "description": job.description,
        "created_at": job.created_at.isoformat(),
        "client": person_card(job.client),
        "created_by": person_card(job.created_by),
        "application_count": loaded.application_count,
        "applications": [application_card(application) for application in loaded.applications],
    }


def job_detail_for(loaded: JobWithApplications, viewer_id: int) -> Data:
    """Return a job with the notes that `viewer_id` may read: the job's client all of them, applicants their own."""
    detail = job_detail(loaded)
    for shown, application in zip(detail["applications"], loaded.applications, strict=True):
        may_read = viewer_id in (loaded.job.client_id, application.applicant_id)
        shown["note"] = application.note if may_read else None
    return detail


def application_card(application: Application) -> Data:
    """Return an application as everybody sees it."""
    return {
        "id": application.pk,
        "status": application.status,
        "created_at": application.created_at.isoformat(),
        "applicant": person_card(application.applicant),
    }


def own_application(application: Application) -> Data:
    """Return an application as the applicant sees it."""
    job = application.job
    return {
        **application_card(application),
        "note": application.note,
        "job": {**job_card(job), **_branch(job), "client": person_card(job.client)},
    }


def candidate(ranked: Candidate) -> Data:
    """Return an application with the applicant's rating."""
    return {**application_card(ranked.application), "rating": _rating(ranked.rating)}


def _around(job: Job, **people: User) -> Data:
    """Return the two people of a payment or a review, by their part in it, and the job."""
    return {**{part: person_card(user) for part, user in people.items()}, "job": job_card(job)}


def payment(paid: Payment) -> Data:
    """Return a payment as both of its parties see it."""
    return {**payment_receipt(paid), **_around(paid.job, payer=paid.payer, recipient=paid.recipient)}


def payment_receipt(paid: Payment) -> Data:
    """Return a payment's own fields, the response to a write, without a further query."""
    return {
        "id": paid.pk,
        "job_id": paid.job_id,
        "payer_id": paid.payer_id,
        "recipient_id": paid.recipient_id,
        "amount": decimal(paid.amount),
        "fee": decimal(paid.fee),
        "method": paid.method,
        "status": paid.status,
        "created_at": paid.created_at.isoformat(),
    }


def review(given: Review) -> Data:
    """Return a review with the two people and the job."""
    return {**review_receipt(given), **_around(given.job, reviewer=given.reviewer, reviewed=given.reviewed)}


def review_receipt(given: Review) -> Data:
    """Return a review's own fields."""
    return {
        "id": given.pk,
        "reviewer_id": given.reviewer_id,
        "reviewed_id": given.reviewed_id,
        "job_id": given.job_id,
        "rating": decimal(given.rating, places=1),
        "feedback": given.feedback,
        "created_at": given.created_at.isoformat(),
    }
