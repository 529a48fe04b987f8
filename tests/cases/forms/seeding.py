"""What the data looks like; it counts by itself, so that the scenario's rows are empty."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping

from django.contrib.auth.models import User

from perflab.seeding import Numbered, Table, Uuid
from tests.cases.forms.models import Item


def archetypes(as_of: dt.datetime, rows: Mapping[str, int], rng: random.Random) -> list[Table]:
    return [
        Table(User, 40, [User(password="!", date_joined=as_of)], columns={"username": Numbered("user")}),
        Table(Item, 40, [Item()], columns={"slug": Numbered("item-"), "key": Uuid()}),
    ]
