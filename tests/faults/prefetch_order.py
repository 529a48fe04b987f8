"""The prefetch brings a job's applications the other way round."""

from typing import Any

from marketplace.selectors import jobs, optimised
from tests.faults import Expected

EXPECTED = Expected("reordered", ("job", "client-job", "client-jobs"), ("queries",))


def install() -> None:
    selector: Any = jobs
    whole = selector.JobWithApplications

    def turned(job, applications, count):
        return whole(job, applications[::-1] if optimised() else applications, count)

    selector.JobWithApplications = turned
