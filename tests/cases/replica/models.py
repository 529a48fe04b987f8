from __future__ import annotations

from typing import ClassVar, Self

from django.db import models


class Item(models.Model):
    objects: ClassVar[models.Manager[Self]] = models.Manager()  # its app is not installed where types are checked

    name = models.CharField(max_length=80)

    def __str__(self) -> str:
        return self.name


class Entry(models.Model):
    """An entry of the log, in another database: no foreign key reaches from one to the other."""

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    item = models.ForeignKey(Item, on_delete=models.DO_NOTHING, db_constraint=False)
    text = models.CharField(max_length=80)

    def __str__(self) -> str:
        return self.text
