from __future__ import annotations

import uuid
from typing import ClassVar, Self

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models.functions import Now


class Record(models.Model):
    objects: ClassVar[models.Manager[Self]] = models.Manager()  # its app is not installed where types are checked

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.pk)


class Category(Record):
    name = models.CharField(max_length=20)
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE)


class Node(Record):
    name = models.CharField(max_length=20)
    above = models.ForeignKey("self", on_delete=models.CASCADE)


class Team(Record):
    name = models.CharField(max_length=20)
    captain = models.ForeignKey("Player", null=True, on_delete=models.SET_NULL, related_name="captain_of")
    size = models.PositiveIntegerField(default=0)


class Player(Record):
    name = models.CharField(max_length=20)
    team = models.ForeignKey(Team, on_delete=models.CASCADE)


class Document(Record):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    title = models.CharField(max_length=40)
    number = models.IntegerField()
    doubled = models.GeneratedField(
        expression=models.F("number") * 2, output_field=models.BigIntegerField(), db_persist=True
    )


class Page(Record):
    document = models.ForeignKey(Document, on_delete=models.CASCADE)


class Defaulted(Record):
    name = models.CharField(max_length=20)
    state = models.CharField(max_length=10, db_default="new")
    created_at = models.DateTimeField(db_default=Now())


class Place(Record):
    name = models.CharField(max_length=40)


class Restaurant(Place):
    stars = models.IntegerField(default=1)


class Country(Record):
    """Filled by a migration, as countries, plans and roles often are."""

    code = models.CharField(max_length=2, primary_key=True)


class Currency(Record):
    """Filled by a migration; its keys do not begin at 1."""

    code = models.CharField(max_length=3, unique=True)


class City(Record):
    name = models.CharField(max_length=40)
    country = models.ForeignKey(Country, on_delete=models.CASCADE)


class Price(Record):
    currency = models.ForeignKey(Currency, on_delete=models.CASCADE)
    quoted_in = models.ForeignKey(
        Currency, on_delete=models.CASCADE, to_field="code", null=True, related_name="quoted", db_column="quoted_in"
    )


class Line(Record):
    pk = models.CompositePrimaryKey("place_id", "number")
    place = models.ForeignKey(Place, on_delete=models.CASCADE)
    number = models.IntegerField()


class Event(Record):
    key = models.CharField(max_length=32, primary_key=True)
    at = models.DateTimeField()
    number = models.IntegerField()


class Comment(Record):
    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.PositiveBigIntegerField()


class Legacy(Record):
    """A table of somebody else's, which is not here."""

    name = models.CharField(max_length=10)

    class Meta:
        managed = False
        db_table = "legacy_of_others"
