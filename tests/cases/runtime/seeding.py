from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping

from django.contrib.auth.models import User

from perflab.seeding import Numbered, Table
from tests.cases.runtime.models import Item


def archetypes(as_of: dt.datetime, rows: Mapping[str, int], rng: random.Random) -> list[Table]:
    users = Table(User, 10, [User(password="!", date_joined=as_of)], columns={"username": Numbered("u")})
    return [users, Table(Item, rows["items"], [Item(stock=1000)], columns={"name": Numbered("Item ")})]
