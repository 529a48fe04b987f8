"""What the data looks like: an event a day in the last two months."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping

from django.contrib.auth.models import User

from perflab.seeding import Numbered, Table
from tests.cases.clocks.models import Event


def archetypes(as_of: dt.datetime, rows: Mapping[str, int], rng: random.Random) -> list[Table]:
    events = [
        Event(name=f"Event {day}", happened_at=as_of - dt.timedelta(days=day), stored_at=as_of, seen_at=as_of)
        for day in range(60)
    ]
    return [
        Table(User, rows["users"], [User(password="!", date_joined=as_of)], columns={"username": Numbered("user")}),
        Table(Event, rows["events"], events),
    ]
