from __future__ import annotations

from django.db import models

from tests.cases.trees.models import Category, Record


class Note(Record):
    category = models.ForeignKey(Category, on_delete=models.CASCADE)
    text = models.TextField()
