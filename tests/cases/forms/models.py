from __future__ import annotations

import uuid
from typing import ClassVar, Self

from django.db import models


class Tag(models.Model):
    name = models.CharField(max_length=20)

    def __str__(self) -> str:
        return self.name


class Item(models.Model):
    objects: ClassVar[models.Manager[Self]] = models.Manager()  # its app is not installed where types are checked

    key = models.UUIDField(default=uuid.uuid4)
    slug = models.CharField(max_length=80)
    views = models.IntegerField(default=0)
    tags = models.ManyToManyField(Tag)

    def __str__(self) -> str:
        return self.slug
