"""The prefetch brings a job's applications the other way round."""

from marketplace.selectors import jobs, optimised
from tests.faults import Expected

EXPECTED = Expected("reordered", ("job", "client-job", "client-jobs"), ("queries",))


def install() -> None:
    in_order = jobs._in_order
    jobs._in_order = lambda found: found.order_by("-created_at", "-pk") if optimised() else in_order(found)
