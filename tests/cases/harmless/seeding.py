"""What the data looks like: documents that all have the one file which the project's media folder has."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping

from django.contrib.auth.models import User

from perflab.seeding import Numbered, Table
from tests.cases.harmless.models import Document


def archetypes(as_of: dt.datetime, rows: Mapping[str, int], rng: random.Random) -> list[Table]:
    document = Document(name="", file="documents/old.txt")
    return [
        Table(User, rows["users"], [User(password="!", date_joined=as_of)], columns={"username": Numbered("user")}),
        Table(Document, rows["documents"], [document], columns={"name": Numbered("Document ")}),
    ]
