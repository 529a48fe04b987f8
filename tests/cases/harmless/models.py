from __future__ import annotations

from typing import ClassVar, Self

from django.db import models


class Document(models.Model):
    objects: ClassVar[models.Manager[Self]] = models.Manager()  # its app is not installed where types are checked

    name = models.CharField(max_length=80)
    file = models.FileField(upload_to="documents")

    def __str__(self) -> str:
        return self.name
