"""When things happen: counted from one moment, `as_of`, which a row hands on to the rows that it is made with."""

from __future__ import annotations

import datetime as dt
from typing import Any, TypeVar

import factory
import factory.random
from django.db.models import Model
from factory.django import DjangoModelFactory

M = TypeVar("M", bound=Model)

AS_OF = dt.datetime(2025, 10, 20, tzinfo=dt.UTC)


class DatedFactory(DjangoModelFactory[M]):
    """A factory whose dates are counted from `as_of`."""

    class Meta:
        abstract = True

    class Params:
        as_of = AS_OF


def made_with(made_by: type[DatedFactory[Any]], **values: Any) -> factory.SubFactory:
    """Return the factory of a row that another refers to, with that one's `as_of`.

    Args:
        made_by: The factory of the row that is referred to.
        values: Values for it.
    """
    return factory.SubFactory(made_by, as_of=factory.SelfAttribute("..as_of"), **values)


def days_after(moment: dt.datetime, earliest: float, latest: float) -> dt.datetime:
    """Draw a moment from `earliest` to `latest` days after another, in whole milliseconds.

    Args:
        moment: The other moment.
        earliest: The smallest distance in days.
        latest: The greatest distance in days.
    """
    days = factory.random.randgen.uniform(earliest, latest)
    return moment + dt.timedelta(milliseconds=round(days * 86_400_000))


def within(moment: dt.datetime, days: float, as_of: dt.datetime) -> dt.datetime:
    """Draw a moment at most `days` after another, and not after `as_of`.

    Args:
        moment: The other moment.
        days: The greatest distance in days.
        as_of: The end of the data.
    """
    if moment >= as_of:
        return as_of
    return days_after(moment, 0, min(days, (as_of - moment) / dt.timedelta(days=1)))


def midnight(day: dt.date) -> dt.datetime:
    """Return the first moment of a day, in UTC."""
    return dt.datetime.combine(day, dt.time(), dt.UTC)
