"""Pages of a list: ten entries each, in an order without ties."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from ninja import Query

# The plain way takes five queries for every entry: a full page some fifty, the most in the audited summary ("10-50" before
# the optimisation).
PAGE_SIZE = 10

# The upper bound keeps the offset inside what a database takes.
PageNumber = Annotated[int, Query(ge=1, le=1_000_000, description=f"Page, from 1; {PAGE_SIZE} entries each")]

Item = TypeVar("Item")
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a list that has `count` entries altogether."""

    items: Sequence[Item]
    count: int
    number: int

    def as_dict(self, entry: Callable[[Item], Any]) -> dict[str, Any]:
        """Return the page as plain data, with each item as `entry` writes it. A page past the end is empty."""
        return {
            "items": [entry(item) for item in self.items],
            "count": self.count,
            "page": self.number,
            "pages": -(-self.count // PAGE_SIZE),
        }


def bounds(number: int) -> slice:
    """Return the slice of the whole list that is this page."""
    return slice((number - 1) * PAGE_SIZE, number * PAGE_SIZE)


def page_of(queryset: QuerySet[M], number: int) -> Page[M]:
    """Load a page of a queryset. Two queries: the count, and the page itself."""
    return Page(items=list(queryset[bounds(number)]), count=queryset.count(), number=number)
