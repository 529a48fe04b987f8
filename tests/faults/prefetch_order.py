"""The prefetch brings a job's applications the other way round."""

from marketplace.selectors import jobs, optimised
from tests.faults import Expected

EXPECTED = Expected("reordered", ("job", "client-job", "client-jobs"), ("queries",))


def install() -> None:
    whole = jobs.JobWithApplications

    def turned(job, applications, count):
        return whole(job, applications[::-1] if optimised() else applications, count)

    jobs.JobWithApplications = turned
