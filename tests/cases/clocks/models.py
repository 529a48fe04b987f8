from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now


class Event(models.Model):
    objects: ClassVar[models.Manager[Self]] = models.Manager()  # its app is not installed where types are checked

    name = models.CharField(max_length=80)
    happened_at = models.DateTimeField()
    stored_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name
