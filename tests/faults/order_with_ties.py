"""Applications are ordered by a column in which many are alike, so that the plan decides who comes first."""

from marketplace.selectors import jobs, optimised
from tests.faults import Expected

EXPECTED = Expected("reordered", ("job", "client-job", "client-jobs"), ("queries",))


def install() -> None:
    in_order = jobs._in_order
    jobs._in_order = lambda found: found.order_by("status") if optimised() else in_order(found)
