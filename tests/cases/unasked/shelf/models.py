"""Books, who lends them, and constraints of every kind."""

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q


class Author(models.Model):
    name = models.CharField(max_length=60)
    slug = models.SlugField(unique=True)
    email = models.EmailField(unique=True)
    born = models.DateField(null=True)

    def __str__(self):
        return self.name


class Shelf(models.Model):
    key = models.UUIDField(primary_key=True, default=uuid.uuid4)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    place = models.CharField(max_length=8, validators=[RegexValidator(r"^[A-Z]{2}-[0-9]{3}$")])
    above = models.ForeignKey("self", on_delete=models.SET_NULL, null=True)

    def __str__(self):
        return self.place


class Book(models.Model):
    class State(models.TextChoices):
        NEW = "new", "New"
        OLD = "old", "Old"

    isbn = models.CharField(max_length=13, unique=True, validators=[RegexValidator(r"^[0-9]{10,13}$")])
    title = models.CharField(max_length=80, db_index=True)
    state = models.CharField(max_length=3, choices=State.choices, default=State.NEW)
    author = models.ForeignKey(Author, on_delete=models.CASCADE)
    shelf = models.ForeignKey(Shelf, on_delete=models.CASCADE)
    readers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="read")
    pages = models.PositiveSmallIntegerField(validators=[MinValueValidator(20), MaxValueValidator(900)])
    price = models.DecimalField(max_digits=6, decimal_places=2)
    least = models.DecimalField(max_digits=6, decimal_places=2)
    published = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(price__gte=F("least")), name="price_is_no_less"),
            models.CheckConstraint(condition=Q(pages__gte=20) & ~Q(pages__gt=900), name="pages_are_few"),
        ]

    def __str__(self):
        return self.title


class Loan(models.Model):
    book = models.ForeignKey(Book, on_delete=models.CASCADE)
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    number = models.IntegerField()
    began = models.DateField()
    ended = models.DateField(null=True)

    class Meta:
        unique_together = [("book", "reader"), ("book", "number")]

    def __str__(self):
        return str(self.number)


class Profile(models.Model):
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    text = models.TextField(blank=True)

    def __str__(self):
        return self.text


class Impossible(models.Model):
    """A table for which no value is known."""

    code = models.CharField(max_length=5, validators=[RegexValidator(r"^(?!x)x$")])

    def __str__(self):
        return self.code
