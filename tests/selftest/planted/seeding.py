"""Ten users, whose rows are locked."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping

from django.contrib.auth.models import User

from perflab.seeding import Numbered, Table


def archetypes(as_of: dt.datetime, rows: Mapping[str, int], rng: random.Random) -> list[Table]:
    return [Table(User, rows["users"], [User(password="!", date_joined=as_of)], columns={"username": Numbered("u")})]
