from __future__ import annotations

from django.db import models


class Maker(models.Model):
    name = models.CharField(max_length=80)

    def __str__(self) -> str:
        return self.name


class Item(models.Model):
    name = models.CharField(max_length=80)
    maker = models.ForeignKey(Maker, on_delete=models.CASCADE)
    sold = models.IntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class Migrated(models.Model):
    """What ran the migrations."""

    django = models.CharField(max_length=20)

    def __str__(self) -> str:
        return self.django
