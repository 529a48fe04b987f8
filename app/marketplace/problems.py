"""The errors of a request, each with the status of its response."""

from typing import TypeVar

from django.db.models import Model, QuerySet
from ninja.errors import HttpError

M = TypeVar("M", bound=Model)


class NotFound(HttpError):
    """Status 404: it does not exist."""

    def __init__(self, what: str, number: int) -> None:
        super().__init__(404, f"{what} {number} does not exist")


class Forbidden(HttpError):
    """Status 403: it exists, but belongs to somebody else."""

    def __init__(self, message: str) -> None:
        super().__init__(403, message)


class Conflict(HttpError):
    """Status 409: it contradicts existing data."""

    def __init__(self, message: str) -> None:
        super().__init__(409, message)


class Unusable(HttpError):
    """Status 422: it is well-formed but makes no sense."""

    def __init__(self, message: str) -> None:
        super().__init__(422, message)


def get_or_404(queryset: QuerySet[M], number: int, what: str) -> M:
    """Return the object with this primary key, in one query.

    Args:
        queryset: Where to look for it.
        number: The primary key.
        what: What it is, for the error.

    Raises:
        NotFound: There is none.
    """
    row = queryset.filter(pk=number).first()
    if row is None:
        raise NotFound(what, number)
    return row


def exists_or_404(queryset: QuerySet[M], number: int, what: str) -> None:
    """Check that there is an object with this primary key, in one query that loads no row.

    Args:
        queryset: Where to look for it.
        number: The primary key.
        what: What it is, for the error.

    Raises:
        NotFound: There is none.
    """
    if not queryset.filter(pk=number).exists():
        raise NotFound(what, number)
