"""Jobs: posting one, and the views of it."""

import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router

from marketplace import serializers
from marketplace.api.auth import caller
from marketplace.api.fields import Body, Id, Line, LocalTime, PayRate, Text
from marketplace.caching.responses import JOBS_TTL_S, cached
from marketplace.models import Job, Role, Subcategory
from marketplace.pages import PageNumber
from marketplace.problems import Forbidden, NotFound, Unusable
from marketplace.rendering import created
from marketplace.selectors import applications, jobs

router = Router(tags=["jobs"])


class NewJob(Body):
    """A shift to be worked; an `end_time` before `start_time` is the next morning's."""

    title: Line
    description: Text = ""
    location: Line = ""
    industry_id: Id
    subcategory_id: Id
    date: datetime.date
    start_time: LocalTime
    end_time: LocalTime
    pay_rate: PayRate


@router.get("/jobs/{int:job_id}")
@cached("job", JOBS_TTL_S)
def get_job(request: HttpRequest, job_id: int) -> Any:
    """A job with the people around it and the first applications."""
    return serializers.job_detail(jobs.job_with_applications(job_id))


@router.get("/client/jobs/{int:job_id}")
def get_client_job(request: HttpRequest, job_id: int) -> Any:
    """The same with the applicants' notes, as far as the caller may read them: not kept."""
    return serializers.job_detail_for(jobs.job_with_applications(job_id), caller(request).id)


@router.get("/clientjobs/{int:user_id}")
def get_client_jobs(request: HttpRequest, user_id: int, page: PageNumber = 1) -> Any:
    """A client's jobs, newest first, each with its first applications."""
    viewer_id = caller(request).id
    return jobs.jobs_of_client(user_id, page).as_dict(lambda job: serializers.job_detail_for(job, viewer_id))


@router.get("/jobs/{int:job_id}/best-applicants/")
def get_best_applicants(request: HttpRequest, job_id: int, page: PageNumber = 1) -> Any:
    """Who applied, the best rated first."""
    return applications.best_applicants(job_id, page).as_dict(serializers.candidate)


@router.post("/jobs/")
def post_job(request: HttpRequest, new: NewJob) -> Any:
    """Post a job; for clients. Two queries: the subcategory, and the insert."""
    who = caller(request)
    if who.role != Role.CLIENT:
        raise Forbidden("only clients post jobs")
    industry_id = Subcategory.objects.values_list("industry_id", flat=True).filter(pk=new.subcategory_id).first()
    if industry_id is None:
        raise NotFound("subcategory", new.subcategory_id)
    if industry_id != new.industry_id:
        raise Unusable(f"subcategory {new.subcategory_id} is not one of industry {new.industry_id}")
    job = Job.objects.create(client_id=who.id, created_by_id=who.id, **new.model_dump())
    return created({**serializers.job_card(job), "client_id": who.id})
