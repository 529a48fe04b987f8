"""Applications of a user, and the best ones for a job."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum

from marketplace.caching.dependencies import depends_on
from marketplace.models import Application, ApplicationStatus, Job
from marketplace.pages import Page, bounds, page_of
from marketplace.problems import exists_or_404, get_or_404
from marketplace.selectors import optimised
from marketplace.selectors.people import Rating, rating_of


@dataclass(frozen=True, slots=True)
class Candidate:
    """An application and the applicant's rating."""

    application: Application
    rating: Rating


def applications_of(user_id: int, number: int) -> Page[Application]:
    """Return a user's applications, newest first.

    Optimised, two queries: the count, and the page with job, client, applicant, profiles, industry and subcategory.
    Plain, seven more for each application.
    """
    applications = Application.objects.filter(applicant_id=user_id).order_by("-created_at", "-pk")
    if optimised():
        applications = applications.select_related(
            "job__client__profile", "job__industry", "job__subcategory", "applicant__profile"
        )
    return page_of(applications, number)


def best_applicants(job_id: int, number: int) -> Page[Candidate]:
    """Return the applicants for a job, the best rated first, those without a review last, without those who withdrew.

    The ranking depends on the reviews of every applicant, not only of those on the page.
    """
    depends_on("job", job_id)
    depends_on("applications", job_id)
    standing = Application.objects.filter(job_id=job_id).exclude(status=ApplicationStatus.WITHDRAWN)
    return (
        _ranked_by_database(standing, job_id, number) if optimised() else _ranked_one_by_one(standing, job_id, number)
    )


def _ranked_by_database(standing: QuerySet[Application], job_id: int, number: int) -> Page[Candidate]:
    """Rank in the database, in two queries; a third if nobody applied, to distinguish that from no such job.

    One reads the rating of every applicant in one aggregate, the other the applications of this page with applicants and
    profiles.
    """
    ratings = {}
    rows = standing.values_list("pk", "applicant_id").annotate(
        total=Sum("applicant__reviews_received__rating"), number=Count("applicant__reviews_received")
    )
    for pk, applicant_id, total, count in rows:
        depends_on("reviews", applicant_id)
        ratings[pk] = Rating(total or Decimal(0), count)
    if not ratings:
        exists_or_404(Job.objects.all(), job_id, "job")
    ranking = sorted(ratings, key=lambda pk: _rank(ratings[pk], pk))
    shown = standing.select_related("applicant__profile").in_bulk(ranking[bounds(number)])
    return Page(
        [Candidate(shown[pk], ratings[pk]) for pk in ranking[bounds(number)] if pk in shown],
        len(ranking),
        number,
    )


def _ranked_one_by_one(standing: QuerySet[Application], job_id: int, number: int) -> Page[Candidate]:
    """The job, its applications, then for each its applicant and that one's reviews; profiles come with the page."""
    get_or_404(Job.objects.all(), job_id, "job")
    candidates = []
    for application in standing:
        depends_on("reviews", application.applicant_id)
        candidates.append(Candidate(application, rating_of(application.applicant)))
    candidates.sort(key=lambda candidate: _rank(candidate.rating, candidate.application.pk))
    return Page(candidates[bounds(number)], len(candidates), number)


def _rank(rating: Rating, application_id: int) -> tuple[Decimal, int, int]:
    """Rank the best average first, then more reviews, then the earlier application: no ties."""
    return -(rating.average or Decimal(0)), -rating.count, application_id
