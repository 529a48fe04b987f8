"""What the data looks like; perflab calls it in this environment, which has no numpy."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping

from django.contrib.auth.models import User

from perflab.seeding import Between, Numbered, Popular, Table
from pinned_shop.models import Item, Maker


def archetypes(as_of: dt.datetime, rows: Mapping[str, int], rng: random.Random) -> list[Table]:
    makers = [Maker(name="Maker"), Maker(name="Idle", facts={"idle": True, "since": [2001, None]})]
    items = [Item(name="Table", price="80.00"), Item(name="Chair", price="12.00")]
    return [
        Table(User, rows["users"], [User(password="!", date_joined=as_of)], columns={"username": Numbered("user")}),
        Table(Maker, rows["makers"], makers, columns={"name": Numbered(lambda maker: maker.name)}),
        Table(
            Item, rows["items"], items,
            columns={
                "maker": Popular(Maker, among=lambda maker: not maker.facts.get("idle")),
                "listed_at": Between(lambda item: as_of - dt.timedelta(days=2 if item.is_precious else 9), as_of),
            },
            weighted_by=("maker", lambda item, maker: 3.0 if item.is_precious else 1.0),
        ),
    ]  # fmt: skip


def words(rng: random.Random, count: int) -> list[str]:
    """Return what people look for."""
    return [rng.choice(["table", "chair"]) for _ in range(count)]
