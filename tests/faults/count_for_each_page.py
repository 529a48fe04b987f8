"""Above each page of reviews stands how many there are altogether: all of them are counted each time."""

from typing import Any

from marketplace.models import Review
from marketplace.selectors import reviews
from tests.faults import Expected

EXPECTED = Expected("scan_count", ("reviews",), ())


def install() -> None:
    selector: Any = reviews
    reviews_received = selector.reviews_received

    def counted(user_id, number):
        Review.objects.count()
        return reviews_received(user_id, number)

    selector.reviews_received = counted
