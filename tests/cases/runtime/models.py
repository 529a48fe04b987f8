from __future__ import annotations

from typing import ClassVar, Self

from django.db import models


class Item(models.Model):
    objects: ClassVar[models.Manager[Self]] = models.Manager()  # its app is not installed where types are checked

    name = models.CharField(max_length=80)
    stock = models.IntegerField(default=1000)

    def __str__(self) -> str:
        return self.name


class Line(models.Model):
    """A line of an order: its foreign key is checked when the transaction commits."""

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    item = models.ForeignKey(Item, on_delete=models.CASCADE)

    def __str__(self) -> str:
        return f"{self.pk}"
