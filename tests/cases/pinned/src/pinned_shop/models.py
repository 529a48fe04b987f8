"""Models that perflab's own interpreter cannot import: it has neither the package nor a Django with this name."""

from __future__ import annotations

from django.db import models
from django.utils.timezone import utc  # gone since Django 5.0
from ladle import PriceField, is_precious  # test_pinned.py puts it into the environment

ZONE = utc


class Maker(models.Model):
    name = models.CharField(max_length=80)
    facts = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.name


class Item(models.Model):
    name = models.CharField(max_length=80)
    maker = models.ForeignKey(Maker, on_delete=models.CASCADE)
    sold = models.IntegerField(default=0)
    price = PriceField(default="1.50")
    listed_at = models.DateTimeField(null=True, db_index=True)

    @property
    def is_precious(self) -> bool:
        return is_precious(self.price)

    def __str__(self) -> str:
        return self.name


class Migrated(models.Model):
    """What ran the migrations."""

    django = models.CharField(max_length=20)

    def __str__(self) -> str:
        return self.django
