"""Columns whose values differ from row to row, where a model's constraints ask for that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import models

from perflab.seeding.columns.base import Column
from perflab.seeding.columns.choices import Distinct, Each, Popular
from perflab.seeding.columns.series import Key, Series
from perflab.seeding.columns.values import Numbered, Uuid
from perflab.seeding.modelled.values import is_valid

# Two rows of ten could not both be new where more of all pairs are taken.
PAIRS_TAKEN = 4
# The numbers of rows that children bring to a parent's table are so far apart, child by child.
PART = 1_000_000
# Only whether there is a column matters, and not which values it has.
SOME_DAY = dt.datetime(2000, 1, 1, tzinfo=dt.timezone.utc)  # noqa: UP017 - Python 3.10 has no datetime.UTC


def unique_sets(model: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the fields of each constraint by which rows differ, one field alone first; a condition makes no difference here."""
    meta = model._meta
    yield from ((field,) for field in meta.local_concrete_fields if field.unique)
    named: list[Sequence[str]] = [*meta.unique_together]
    named += [c.fields for c in meta.constraints if isinstance(c, models.UniqueConstraint) and c.fields]
    for names in named:
        fields = tuple(meta.get_field(name) for name in names)
        if all(field in meta.local_concrete_fields for field in fields):
            yield fields
    for field in meta.local_concrete_fields:
        for attribute in ("unique_for_date", "unique_for_month", "unique_for_year"):
            if getattr(field, attribute, None):
                yield (field,)


def numbered(field: Any, as_of: dt.datetime, part: int = 0) -> Column | None:
    """Return a column of values of which each row has its own; None for a field that has too few, such as one with choices.

    Args:
        field: The field.
        as_of: The moment that the data ends at.
        part: Which of several descriptions of rows of this table it is for, from 0: their values differ.
    """
    if field.choices or field.is_relation or isinstance(field, (models.BooleanField, models.FileField)):
        return None
    kind = field.get_internal_type()
    if kind == "UUIDField":
        return Uuid()
    if kind in ("CharField", "SlugField", "TextField"):
        return _text(field, part)
    if kind.endswith(("IntegerField", "FloatField", "DecimalField")):
        return Series(1 + part * PART)
    if kind == "DateField":
        return Series(as_of.date() - dt.timedelta(days=3_000), step=dt.timedelta(days=1))
    if kind == "DateTimeField":
        return Series(as_of - dt.timedelta(days=365), as_of)
    return None


def _text(field: Any, part: int) -> Column | None:
    """Return a numbered text that the field's validators take."""
    mark = f"{part}-" if part else ""
    if isinstance(field, models.EmailField):
        return Numbered(f"person{mark}", "@example.com")
    if isinstance(field, models.URLField):
        return Numbered(f"https://example.com/{mark}")
    longest = field.max_length
    word = mark + field.name.replace("_", "-").lower()
    if longest is not None and longest < len(word) + 9:
        return Key(longest, str(part) if part else "") if longest < 12 else Numbered(word[: longest - 9])
    for before in (f"{word}-", word, "", "A"):
        if is_valid(field, f"{before}123"):
            return Numbered(before)
    return next((Key(length) for length in range(3, longest or 32) if is_valid(field, "1".zfill(length))), None)


def columns_of(
    model: Any, columns: Mapping[str, Column], counts: Mapping[Any, int], as_of: dt.datetime, part: int = 0
) -> dict[str, Column]:
    """Return the columns that make a model's rows differ as its constraints ask, where `most_rows` is kept.

    Args:
        model: The model.
        columns: The columns of its links and moments, by field.
        counts: The number of rows of each model.
        as_of: The moment that the data ends at.
        part: Which of several descriptions of rows of the model's table it is for, see `numbered`.
    """
    made: dict[str, Column] = {}
    for fields in unique_sets(model):
        if not any(_differs(field, made) for field in fields):
            made |= _differing(model, fields, {**columns, **made}, counts, as_of, part)
    return made


def _differs(field: Any, made: Mapping[str, Column]) -> bool:
    """Tell whether each row has a value of its own already."""
    if isinstance(field, models.AutoField) or (
        field.primary_key and field.is_relation and field.remote_field.parent_link
    ):
        return True
    column = made.get(field.name)
    if isinstance(column, (Each, Key, Numbered, Uuid)) or (isinstance(column, Distinct) and column.times == 1):
        return True
    return isinstance(column, Series) and column.within is None


def _differing(
    model: Any,
    fields: Sequence[Any],
    columns: Mapping[str, Column],
    counts: Mapping[Any, int],
    as_of: dt.datetime,
    part: int,
) -> dict[str, Column]:
    """Return the columns that make rows differ in the fields of one constraint; none where archetypes differ in them."""
    links = [field for field in fields if field.is_relation and field.related_model is not None]
    if len(fields) == 1 and links:
        return {fields[0].name: Each(fields[0].related_model)}
    for field in fields:
        column = numbered(field, as_of, part)
        if column is None:
            continue
        if isinstance(column, Series) and column.last is None and len(links) == 1 and _is_plain(links[0], columns):
            column = Series(column.first, step=column.step, within=links[0].name)
        return {field.name: column}
    others = [link for link in links if link.related_model is not model]
    if len(links) > 1 and others:
        last = others[-1]
        group = next(link for link in links if link is not last)
        # Half of the rows that a group could have: the last ones would be hard to draw.
        most = max(1, counts.get(last.related_model._meta.concrete_model, 0) // 2)
        limited = {} if group.related_model is model else {group.name: Popular(group.related_model, 0.8, at_most=most)}
        return {**limited, last.name: Popular(last.related_model, 0.6, distinct_within=group.name)}
    return {links[0].name: Distinct(links[0].related_model)} if links else {}


def _is_plain(link: Any, columns: Mapping[str, Column]) -> bool:
    """Tell whether a series may begin anew for each row that a link leads to: the link is drawn, and never null."""
    return link.name in columns and not link.null


def most_rows(model: Any, counts: Mapping[Any, int]) -> int | None:
    """Return how many rows of a model can differ as its constraints ask; None for any number.

    Args:
        model: The model.
        counts: The number of rows of the models that it links to.
    """
    limits = []
    for fields in unique_sets(model):
        links = [field for field in fields if field.is_relation and field.related_model is not None]
        if any(numbered(field, SOME_DAY) is not None or isinstance(field, models.AutoField) for field in fields):
            continue
        sizes = [counts.get(link.related_model._meta.concrete_model, 0) for link in links]
        if len(fields) == 1 and not links:
            limits.append(len(fields[0].flatchoices) or 1)
        elif len(links) > 1:
            # the second one is drawn among those that its group has not
            limits.append(max(min(sizes), sizes[0] * sizes[-1] // PAIRS_TAKEN))
        else:
            limits.append(sizes[0] if sizes else 1)
    return min(limits, default=None)
