"""Jobs with the people and the applications around them."""

from dataclasses import dataclass
from typing import Protocol, cast

from django.db.models import Count, IntegerField, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce

from marketplace.caching.dependencies import depends_on
from marketplace.models import Application, Job, User
from marketplace.pages import PAGE_SIZE, Page, page_of
from marketplace.problems import exists_or_404, get_or_404
from marketplace.selectors import optimised

# How many applications a job is shown with, the earliest first: a page of them beside a single job, fewer in a list of jobs.
SHOWN_ON_ITS_PAGE = PAGE_SIZE
SHOWN_IN_A_LIST = 5

_RELATIONS = ("client__profile", "created_by__profile", "industry", "subcategory")


@dataclass(frozen=True, slots=True)
class JobWithApplications:
    """A job, the first of its applications, and how many there are."""

    job: Job
    applications: list[Application]
    application_count: int


def job_with_applications(job_id: int) -> JobWithApplications:
    """Return one job.

    Optimised, three queries: the job with client, creator, profiles, industry and subcategory; its first applications
    with applicants and profiles; their number. Plain, six more for the job, and two for each application.
    """
    depends_on("applications", job_id)
    jobs, applications = Job.objects.all(), _in_order(Application.objects.filter(job_id=job_id))
    if optimised():
        jobs = jobs.select_related(*_RELATIONS)
        applications = applications.select_related("applicant__profile")
    job = get_or_404(jobs, job_id, "job")
    return JobWithApplications(job, list(applications[:SHOWN_ON_ITS_PAGE]), applications.count())


def jobs_of_client(user_id: int, number: int) -> Page[JobWithApplications]:
    """Return a client's jobs, newest first, each with its first applications.

    Optimised, three queries: the count, the jobs with their relations and the number of applications, and the
    applications of all of them; a fourth if there is no job, to distinguish no jobs from no such user. Plain, eight more
    for each job and two for each application.
    """
    jobs = Job.objects.filter(client_id=user_id).order_by("-created_at", "-pk")
    if not optimised():
        get_or_404(User.objects.all(), user_id, "user")
        page = page_of(jobs, number)
        return Page([_plain(job) for job in page.items], page.count, number)
    page = page_of(_with_applications(jobs), number)
    if not page.count:
        exists_or_404(User.objects.all(), user_id, "user")
    return Page(
        [_loaded(job) for job in page.items],
        page.count,
        number,
    )


def _plain(job: Job) -> JobWithApplications:
    """Two queries for each job: its first applications, and how many there are."""
    applications = _in_order(job.applications.all())
    return JobWithApplications(job, list(applications[:SHOWN_IN_A_LIST]), applications.count())


class _Loaded(Protocol):
    """What `_with_applications` adds to a job."""

    first_applications: list[Application]
    application_count: int


def _loaded(job: Job) -> JobWithApplications:
    """Costs no query: `_with_applications` has loaded everything."""
    loaded = cast(_Loaded, job)
    return JobWithApplications(job, loaded.first_applications, loaded.application_count)


def _with_applications(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Add `first_applications` and `application_count`.

    The number comes from a subquery, which runs for the jobs of the page only; a join with GROUP BY would count the
    applications of all of the client's jobs. The slice becomes a window function, so that only the shown ones are fetched.
    """
    counted = Application.objects.filter(job_id=OuterRef("pk")).values("job_id").annotate(n=Count("pk")).values("n")
    first = _in_order(Application.objects.select_related("applicant__profile"))[:SHOWN_IN_A_LIST]
    return (
        jobs.select_related(*_RELATIONS)
        .annotate(application_count=Coalesce(Subquery(counted, output_field=IntegerField()), 0))
        .prefetch_related(Prefetch("applications", queryset=first, to_attr="first_applications"))
    )


def _in_order(applications: QuerySet[Application]) -> QuerySet[Application]:
    return applications.order_by("created_at", "pk")
