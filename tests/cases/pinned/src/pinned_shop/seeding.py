"""What the data looks like; perflab calls it in its own interpreter."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping

from django.contrib.auth.models import User

from perflab.seeding import Numbered, Pick, Table
from pinned_shop.models import Item, Maker


def archetypes(as_of: dt.datetime, rows: Mapping[str, int], rng: random.Random) -> list[Table]:
    return [
        Table(User, rows["users"], [User(password="!", date_joined=as_of)], columns={"username": Numbered("user")}),
        Table(Maker, rows["makers"], [Maker(name="Maker")]),
        Table(Item, rows["items"], [Item(name="Table"), Item(name="Chair")], columns={"maker": Pick(Maker)}),
    ]
