"""Models with the constraints and validators that rows have to satisfy."""

from __future__ import annotations

from typing import ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q


class Maker(models.Model):
    objects: ClassVar[models.Manager[Self]] = models.Manager()
    name = models.CharField(max_length=40, unique=True)
    email = models.EmailField(unique=True)
    code = models.CharField(max_length=6, unique=True, validators=[RegexValidator(r"^[0-9]{6}$")])
    kind = models.CharField(max_length=1, choices=[("a", "A"), ("b", "B")], unique=True)

    class Meta:
        app_label = "modelled_tests"

    def __str__(self) -> str:
        return self.name


class Item(models.Model):
    objects: ClassVar[models.Manager[Self]] = models.Manager()
    maker = models.ForeignKey(Maker, on_delete=models.CASCADE)
    twin = models.OneToOneField("self", on_delete=models.CASCADE, null=True)
    number = models.IntegerField()
    plate = models.CharField(max_length=8, validators=[RegexValidator(r"^[A-Z]{2}-[0-9]{3}$")])
    pages = models.IntegerField(validators=[MinValueValidator(20), MaxValueValidator(30)])
    price = models.DecimalField(max_digits=5, decimal_places=2)
    least = models.DecimalField(max_digits=5, decimal_places=2)
    is_active = models.BooleanField()
    is_deleted = models.BooleanField()
    began = models.DateField()
    ended = models.DateField(null=True)
    due = models.DateField()
    deleted_at = models.DateTimeField(null=True)
    note = models.TextField(null=True, blank=True)
    must = models.TextField(null=True)
    data = models.JSONField(default=dict)

    class Meta:
        app_label = "modelled_tests"
        unique_together: ClassVar = [("maker", "number")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(price__gte=F("least")), name="price_is_no_less"),
            models.CheckConstraint(condition=~Q(pages=25) & (Q(pages__lt=28) | Q(is_active=True)), name="pages"),
        ]

    def __str__(self) -> str:
        return self.plate


class Wish(models.Model):
    objects: ClassVar[models.Manager[Self]] = models.Manager()
    item = models.ForeignKey(Item, on_delete=models.CASCADE)
    maker = models.ForeignKey(Maker, on_delete=models.CASCADE)

    class Meta:
        app_label = "modelled_tests"
        constraints: ClassVar = [models.UniqueConstraint(fields=["item", "maker"], name="once")]

    def __str__(self) -> str:
        return str(self.pk)


class Rank(models.Model):
    objects: ClassVar[models.Manager[Self]] = models.Manager()
    item = models.ForeignKey(Item, on_delete=models.CASCADE)
    is_first = models.BooleanField()

    class Meta:
        app_label = "modelled_tests"
        unique_together: ClassVar = [("item", "is_first")]

    def __str__(self) -> str:
        return str(self.pk)
