"""A small Django project with tests, in a folder of pytester's; SQLite in memory, two databases."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from perflab import __file__ as PERFLAB

FILES = {
    "pytest.ini": "[pytest]\nDJANGO_SETTINGS_MODULE = shop.settings\npythonpath = .\naddopts = --no-migrations\n",
    "shop/__init__.py": "",
    "shop/settings.py": """
SECRET_KEY = "x"
USE_TZ = True
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["django.contrib.contenttypes", "shop.books"]
MEMORY = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
DATABASES = {"default": MEMORY, "archive": dict(MEMORY)}
""",
    "shop/books/__init__.py": "",
    "shop/books/models.py": """
from django.db import models

class Author(models.Model):
    name = models.TextField()

class Book(models.Model):
    title = models.TextField()
    author = models.ForeignKey(Author, models.CASCADE)

def make(rows):
    for n in range(rows):
        Book.objects.create(title=f"t{n}", author=Author.objects.create(name=f"a{n}"))
""",
    "shop/books/views.py": """
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.http import HttpResponse
from .models import Author, Book

def shelf(request):
    ContentType.objects.get_for_model(Book)
    return HttpResponse(", ".join(book.author.name for book in Book.objects.order_by("title")))

def books(request):
    with transaction.atomic():
        books = Book.objects.select_related("author")
        return HttpResponse(", ".join(book.author.name for book in books))

def pages(request):
    return HttpResponse(str([book.author.name for book in Book.objects.order_by("id")[:3]]))

def both(request):
    return HttpResponse(f"{Book.objects.count()} {Author.objects.using('archive').count()}")

async def later(request):
    names = [author.name async for author in Author.objects.all()]
    return HttpResponse(f"{names} {await Book.objects.acount()}")

def hostile(request):
    with connection.cursor() as cursor:
        for sql in HOSTILE:
            cursor.execute(sql)
    return HttpResponse("")

HOSTILE = [
    "SELECT 'one\\x1b[31m\\\\\\"' /* \\x07\\r\\n] */",
    'SELECT "name\\x1b[2J\\u2028\\"\\"\\"\\"" FROM (SELECT 1 AS "name\\x1b[2J\\u2028\\"\\"\\"\\"")',
    "PRAGMA foreign_keys /* \\x9b31m \\\\ \\"\\"\\" ''' [books] */",
    "SELECT " + "(" * 60 + "1" + ")" * 60,
    "SELECT 1 IN (" + ", ".join(map(str, range(5000))) + ")",
    "SELECT 'x y x z' /* 3 x SELECT */",
]
""",
    "shop/urls.py": """
from django.urls import path
from shop.books import views
urlpatterns = [path(f"{view.__name__}/", view) for view in
    (views.shelf, views.books, views.pages, views.both, views.later, views.hostile)]
""",
}


def write(folder: Path, files: dict[str, str]) -> None:
    """Write files below a folder."""
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def run(pytester: pytest.Pytester, *arguments: str, ci: bool = False) -> pytest.RunResult:
    """Run pytest in a process of its own, with the plugin and pytest-django, and no other plugin that is installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        patch.setenv("PYTHONPATH", str(Path(PERFLAB).parents[1]), prepend=os.pathsep)
        patch.delenv("PYTEST_ADDOPTS", raising=False)
        patch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
        patch.setenv("CI", "true") if ci else patch.delenv("CI", raising=False)
        return pytester.runpytest_subprocess(
            "-p", "perflab.worker.budget.plugin", "-p", "pytest_django.plugin", "-p", "no:cacheprovider", *arguments
        )
