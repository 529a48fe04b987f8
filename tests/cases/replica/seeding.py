from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping

from django.contrib.auth.models import User

from perflab.seeding import Numbered, Popular, Table
from tests.cases.replica.models import Entry, Item


def archetypes(as_of: dt.datetime, rows: Mapping[str, int], rng: random.Random) -> list[Table]:
    return [
        Table(User, 10, [User(password="!", date_joined=as_of)], columns={"username": Numbered("u")}),
        Table(Item, rows["items"], [Item()], columns={"name": Numbered("Item ")}),
        Table(Entry, rows["items"] * 4, [Entry()], columns={"item": Popular(Item), "text": Numbered("entry ")}),
    ]
