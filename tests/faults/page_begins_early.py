"""Every page but the first begins a row early: the last row of a page is the first one of the next."""

from marketplace import pages
from tests.faults import Expected

# It is so whatever is on, and no switch is to blame.
EXPECTED = Expected(
    "pages_overlap", ("payments", "reviews", "ratings", "applications", "client-jobs", "best-applicants"), ()
)


def install() -> None:
    def a_row_early(number: int) -> slice:
        begin = max(0, (number - 1) * pages.PAGE_SIZE - 1)
        return slice(begin, begin + pages.PAGE_SIZE)

    pages.bounds = a_row_early
