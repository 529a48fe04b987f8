"""An item, and notes with a key and a file name that are new in each process."""

import uuid
from typing import ClassVar, Self

from django.db import models


class Item(models.Model):
    objects: ClassVar[models.Manager[Self]] = models.Manager()  # its app is not installed where types are checked

    name = models.CharField(max_length=80)
    views = models.IntegerField(default=0)

    class Meta:
        app_label = "answers"

    def __str__(self) -> str:
        return self.name


class Note(models.Model):
    objects: ClassVar[models.Manager[Self]] = models.Manager()

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    item = models.ForeignKey(Item, models.CASCADE)
    item_id: int
    file = models.CharField(max_length=80)

    class Meta:
        app_label = "answers"

    def __str__(self) -> str:
        return self.file
