from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, HStoreField, IntegerRangeField
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class Record(models.Model):
    objects: ClassVar[models.Manager[Self]] = models.Manager()  # its app is not installed where types are checked

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.pk)


class Place(Record):
    name = models.CharField(max_length=40)

    class Meta:
        indexes = [GinIndex(fields=["name"], opclasses=["gin_trgm_ops"], name="place_name_words")]


class Typed(Record):
    """JSON, arrays, ranges, hstore, addresses, and a default that is random."""

    data = models.JSONField(default=dict)
    tags = ArrayField(models.CharField(max_length=20), default=list)
    grid = ArrayField(ArrayField(models.IntegerField(null=True)), null=True)
    moments = ArrayField(models.DateTimeField(), default=list)
    span = DateTimeRangeField(null=True)
    ages = IntegerRangeField(null=True)
    attributes = HStoreField(default=dict)
    address = models.GenericIPAddressField(null=True)
    token = models.UUIDField(db_default=RandomUUID())


class Elsewhere(Record):
    """In a schema of its own, and linked to from another."""

    name = models.CharField(max_length=40, db_index=True)

    class Meta:
        db_table = '"app"."Elsewhere"'


class Beside(Record):
    elsewhere = models.ForeignKey(Elsewhere, on_delete=models.CASCADE)

    class Meta:
        db_table = 'app"."beside'


class Measure(Record):
    """Partitioned by month; a migration makes the table."""

    pk = models.CompositePrimaryKey("id", "at")
    id = models.BigIntegerField()
    at = models.DateTimeField()
    place = models.ForeignKey(Place, on_delete=models.CASCADE)

    class Meta:
        managed = False
        db_table = "seeds_measure"


class Total(Record):
    """A materialised view over places."""

    n = models.IntegerField(primary_key=True)

    class Meta:
        managed = False
        db_table = "seeds_total"


class Twice(Record):
    """A materialised view over another."""

    n = models.IntegerField(primary_key=True)

    class Meta:
        managed = False
        db_table = "seeds_a_twice"
