from __future__ import annotations

from django.db import models


class Item(models.Model):
    name = models.CharField(max_length=80)
    views = models.IntegerField(default=0)

    class Meta:
        app_label = "caches"

    def __str__(self) -> str:
        return self.name
