"""Models with what the marketplace has not: other keys, nulls, and values that are hard to write as text."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now, Random, Upper


class Owner(models.Model):
    objects: ClassVar[models.Manager[Self]] = models.Manager()
    id = models.UUIDField(primary_key=True)
    name = models.TextField(unique=True)

    class Meta:
        app_label = "seeding_tests"

    def __str__(self) -> str:
        return self.name


class Thing(models.Model):
    objects: ClassVar[models.Manager[Self]] = models.Manager()
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE)
    lender = models.ForeignKey(Owner, on_delete=models.CASCADE, null=True, related_name="lent")
    text = models.TextField()
    maybe = models.TextField(null=True)
    data = models.JSONField(null=True)
    amount = models.DecimalField(max_digits=20, decimal_places=4)
    share = models.FloatField()
    raw = models.BinaryField()
    span = models.DurationField()
    at = models.DateTimeField()
    day = models.DateField(null=True)
    order = models.IntegerField(db_column="Order it")
    loud = models.GeneratedField(expression=Upper("text"), output_field=models.TextField(), db_persist=True)

    class Meta:
        app_label = "seeding_tests"
        db_table = "Odd table"

    def __str__(self) -> str:
        return self.text


class Detail(models.Model):
    objects: ClassVar[models.Manager[Self]] = models.Manager()
    thing = models.OneToOneField(Thing, on_delete=models.CASCADE, primary_key=True)
    note = models.TextField(default="")

    class Meta:
        app_label = "seeding_tests"

    def __str__(self) -> str:
        return self.note


class Remark(models.Model):
    objects: ClassVar[models.Manager[Self]] = models.Manager()
    detail = models.ForeignKey(Detail, on_delete=models.CASCADE)

    class Meta:
        app_label = "seeding_tests"

    def __str__(self) -> str:
        return str(self.pk)


class Defaulted(models.Model):
    objects: ClassVar[models.Manager[Self]] = models.Manager()
    name = models.TextField()
    state = models.CharField(max_length=5, db_default="new")
    made_at = models.DateTimeField(db_default=Now())
    until = models.DateTimeField(db_default=Now() + dt.timedelta(days=7))
    day = models.DateField(db_default=Now())
    luck = models.FloatField(db_default=Random())
    token = models.UUIDField(db_default=Random())
    key = models.UUIDField(unique=True, default=uuid.uuid4)

    class Meta:
        app_label = "seeding_tests"

    def __str__(self) -> str:
        return self.name


class Saved(models.Model):
    objects: ClassVar[models.Manager[Self]] = models.Manager()
    made = models.DateTimeField(auto_now_add=True)
    changed = models.DateTimeField(auto_now=True)
    day = models.DateField(auto_now_add=True)
    hour = models.TimeField(auto_now=True)

    class Meta:
        app_label = "seeding_tests"

    def __str__(self) -> str:
        return str(self.made)


class Branch(models.Model):
    objects: ClassVar[models.Manager[Self]] = models.Manager()
    above = models.ForeignKey("self", on_delete=models.CASCADE, null=True)
    root = models.ForeignKey("self", on_delete=models.CASCADE, related_name="all")

    class Meta:
        app_label = "seeding_tests"

    def __str__(self) -> str:
        return str(self.pk)


class Twig(Branch):
    objects: ClassVar[models.Manager[Self]] = models.Manager()
    leaves = models.IntegerField()

    class Meta:
        app_label = "seeding_tests"


class Thorn(Branch):
    objects: ClassVar[models.Manager[Self]] = models.Manager()
    sharp = models.TextField()

    class Meta:
        app_label = "seeding_tests"


class Bud(Twig):
    objects: ClassVar[models.Manager[Self]] = models.Manager()
    opens = models.DateField()

    class Meta:
        app_label = "seeding_tests"


class Bird(models.Model):
    objects: ClassVar[models.Manager[Self]] = models.Manager()
    sits_on = models.ForeignKey(Branch, on_delete=models.CASCADE)

    class Meta:
        app_label = "seeding_tests"

    def __str__(self) -> str:
        return str(self.pk)


class TwigByAnotherName(Twig):
    class Meta:
        app_label = "seeding_tests"
        proxy = True


ALL = (Owner, Thing, Detail, Remark)
