"""Whoever looks at a job leaves a mark on the own profile: each of these reads is a write."""

from typing import Any

from django.db.models import F

from marketplace.models import Profile
from marketplace.selectors import jobs
from tests.faults import Expected

EXPECTED = Expected("lock_in_read", ("job", "client-job"), ())


def install() -> None:
    selector: Any = jobs
    job_with_applications = selector.job_with_applications

    def marked(job_id):
        loaded = job_with_applications(job_id)
        Profile.objects.filter(user_id=loaded.job.client_id).update(phone=F("phone"))
        return loaded

    selector.job_with_applications = marked
