"""What can be wrong with a request, as the statuses that the API answers with."""

from typing import TypeVar

from django.db.models import Model, QuerySet
from ninja.errors import HttpError

M = TypeVar("M", bound=Model)


class NotFound(HttpError):
    """404: it does not exist."""

    def __init__(self, what: str, number: int) -> None:
        super().__init__(404, f"{what} {number} does not exist")


class Forbidden(HttpError):
    """403: it exists, and is somebody else's."""

    def __init__(self, message: str) -> None:
        super().__init__(403, message)


class Conflict(HttpError):
    """409: it contradicts what is there already."""

    def __init__(self, message: str) -> None:
        super().__init__(409, message)


class Unusable(HttpError):
    """422: well-formed, and makes no sense."""

    def __init__(self, message: str) -> None:
        super().__init__(422, message)


def get_or_404(queryset: QuerySet[M], number: int, what: str) -> M:
    """The object with this primary key. One query."""
    found = queryset.filter(pk=number).first()
    if found is None:
        raise NotFound(what, number)
    return found


def exists_or_404(queryset: QuerySet[M], number: int, what: str) -> None:
    """Nothing, if there is an object with this primary key. One query, which loads no row."""
    if not queryset.filter(pk=number).exists():
        raise NotFound(what, number)
