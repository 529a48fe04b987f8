"""Who was ever reviewed is found by a join, which has each of them once for every review; DISTINCT drops the rest."""

from typing import Any

from marketplace.models import User
from marketplace.selectors import people
from tests.faults import Expected

EXPECTED = Expected("sort_unserved", ("profile",), ())


def install() -> None:
    selector: Any = people
    person = selector.person

    def beside_others(user_id):
        list(User.objects.filter(reviews_received__rating__gte=1).order_by("last_name", "pk").distinct()[:10])
        return person(user_id)

    selector.person = beside_others
