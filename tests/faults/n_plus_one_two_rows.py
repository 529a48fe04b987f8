"""The first page begins with two highlights, the others with one; the job of each is fetched by itself."""

from typing import Any

from marketplace.models import Review
from marketplace.selectors import reviews
from tests.faults import Expected

# A query that is made twice is no loop by itself: this one is made twice for two rows, and once for one.
EXPECTED = Expected("repeated_query", ("ratings",), ())


def install() -> None:
    selector: Any = reviews
    reviews_given = selector.reviews_given

    def with_highlights(user_id, number):
        best = Review.objects.filter(reviewer_id=user_id).order_by("-rating", "pk")
        for highlight in best[: 2 if number == 1 else 1]:
            str(highlight.job)
        return reviews_given(user_id, number)

    selector.reviews_given = with_highlights
