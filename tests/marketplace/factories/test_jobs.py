"""Shifts whose date fits what has become of them."""

from __future__ import annotations

from marketplace.factories import AS_OF, JobFactory
from marketplace.models import JobStatus


def test_a_jobs_date_fits_its_status():
    for job in JobFactory.build_batch(300):
        assert job.created_at < AS_OF
        if job.status == JobStatus.COMPLETED:
            assert job.date < AS_OF.date()
        if job.status == JobStatus.OPEN:
            assert job.date > AS_OF.date()
