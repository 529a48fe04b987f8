"""The library's URLs and views."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone

from tests.projects.library.models import Author, Book


def shown(book: Book) -> dict[str, Any]:
    return {
        "id": book.pk, "title": book.title, "author": book.author.name, "price": str(book.price),
        "added_at": book.added_at.isoformat(),
    }  # fmt: skip


def of_year(request: HttpRequest, year: int) -> JsonResponse:
    """The newest books of a year: a query for each author, unless they are joined."""
    books = Book.objects.filter(year=year).order_by("-added_at", "pk")
    project: Any = settings  # these are not the settings that the types are of
    if project.LIBRARY_JOINED:
        books = books.select_related("author")
    return JsonResponse({"books": [shown(book) for book in books[:10]]})


def book(request: HttpRequest, pk: int) -> JsonResponse:
    return JsonResponse(shown(get_object_or_404(Book, pk=pk)))


def add(request: HttpRequest) -> JsonResponse:
    sent = json.loads(request.body)
    author = get_object_or_404(Author, pk=sent["author_id"])
    made = Book.objects.create(author=author, title=sent["title"], year=2025, price="12.50", added_at=timezone.now())
    return JsonResponse(shown(made), status=201)


def lend(request: HttpRequest, pk: int) -> JsonResponse:
    return JsonResponse({"lent": Book.objects.filter(pk=pk).update(lent=True)})


urlpatterns = [
    path("years/<int:year>/", of_year),
    path("books/", add),
    path("books/<int:pk>/", book),
    path("books/<int:pk>/lend/", lend),
]
