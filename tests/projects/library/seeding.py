"""What the library's data looks like."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping

from django.contrib.auth.models import User

from perflab.seeding import Between, Numbered, Popular, Table, Uuid
from tests.projects.library.models import Author, Book


def archetypes(as_of: dt.datetime, rows: Mapping[str, int], rng: random.Random) -> list[Table]:
    books = [
        Book(title=f"Book {number}", year=2000 + number, price=f"{5 + number}.90", lent=number % 3 == 0)
        for number in range(20)
    ]
    return [
        Table(User, rows["readers"], [User(password="!", date_joined=as_of)], columns={"username": Numbered("reader")}),
        Table(Author, rows["authors"], [Author()], columns={"id": Uuid(), "name": Numbered("Author ")}),
        Table(
            Book,
            rows["books"],
            books,
            columns={"author": Popular(Author), "added_at": Between(as_of - dt.timedelta(days=300), as_of)},
        ),
    ]
