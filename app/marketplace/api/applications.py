"""Applications: the caller's own, applying, and withdrawing."""

from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from ninja import Router

from marketplace import serializers
from marketplace.api.auth import caller
from marketplace.api.fields import Body, Text
from marketplace.models import Application, ApplicationStatus, Job, JobStatus
from marketplace.pages import PageNumber
from marketplace.problems import Conflict, Forbidden, get_or_404
from marketplace.rendering import created
from marketplace.selectors import applications

router = Router(tags=["applications"])


class NewApplication(Body):
    """What the applicant tells the client."""

    note: Text = ""


@router.post("/apply-jobs/")
def own_applications(request: HttpRequest, page: PageNumber = 1) -> Any:
    """What the caller applied for, newest first. It only reads; that it is a POST is history."""
    return applications.applications_of(caller(request).id, page).as_dict(serializers.own_application)


@router.post("/jobs/{int:job_id}/applications/")
def apply(request: HttpRequest, job_id: int, new: NewApplication | None = None) -> Any:
    """Apply for a job, once. Two queries: the job, and the insert, in a transaction of its own."""
    applicant_id = caller(request).id
    job = get_or_404(Job.objects.only("client_id", "status"), job_id, "job")
    if job.client_id == applicant_id:
        raise Forbidden("nobody applies for their own job")
    if job.status == JobStatus.CANCELLED:
        raise Conflict(f"job {job_id} is cancelled")
    try:
        with transaction.atomic():
            application = Application.objects.create(
                job_id=job_id, applicant_id=applicant_id, note=new.note if new else ""
            )
    except IntegrityError as error:
        raise Conflict(f"there is an application for job {job_id} already") from error
    return created(_receipt(application))


@router.post("/applications/{int:application_id}/withdraw/")
def withdraw(request: HttpRequest, application_id: int) -> Any:
    """Withdraw one's application; again is no error. Two queries: the row, locked, and the update."""
    with transaction.atomic():
        application = get_or_404(Application.objects.select_for_update(), application_id, "application")
        if application.applicant_id != caller(request).id:
            raise Forbidden("only the applicant withdraws an application")
        application.status = ApplicationStatus.WITHDRAWN
        application.save(update_fields=["status"])
    return _receipt(application)


def _receipt(application: Application) -> dict[str, Any]:
    return {
        "id": application.pk,
        "job_id": application.job_id,
        "applicant_id": application.applicant_id,
        "status": application.status,
        "note": application.note,
        "created_at": application.created_at.isoformat(),
    }
