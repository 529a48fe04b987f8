"""The rows of the shop."""

from typing import Any

from django.contrib.auth.models import User

from perflab.seeding import Numbered, Table
from tests.cases.answers.models import Item


def archetypes(as_of: Any, rows: Any, rng: Any) -> list[Any]:
    return [
        Table(User, rows["users"], [User(password="!", date_joined=as_of)], columns={"username": Numbered("u")}),
        Table(Item, rows["items"], [Item(name="", views=3)], columns={"name": Numbered("Item ")}),
    ]
