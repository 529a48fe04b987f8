"""One function for each ingredient."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange, NumericRange

from perflab.seeding import Column, Numbered, Pick, Popular, Series, Table
from tests.cases.seeds import models as m

Rows = Mapping[str, int]


def place(rows: Rows) -> Table:
    return Table(m.Place, rows["places"], [m.Place()], columns={"name": Numbered("Place ")})


def typed(as_of: dt.datetime, rows: Rows, rng: random.Random) -> list[Table]:
    span = DateTimeTZRange(as_of - dt.timedelta(days=1), as_of)
    hard = {"a": 'x"y\\z', "b": None, "tab\t": "new\nline", "": "=>"}
    full = m.Typed(
        data={"a": [1, None, "x\ty"]}, tags=["a", "b,c", 'd"', "e\\f", "{}", "NULL", ""], grid=[[1, None], [3, 4]],
        moments=[as_of, as_of - dt.timedelta(days=1)], span=span, ages=NumericRange(1, None), attributes=hard, address="::1",
    )  # fmt: skip
    return [Table(m.Typed, rows["places"], [full, m.Typed(ages=(3, 9), address="10.0.0.1")])]


def elsewhere(as_of: dt.datetime, rows: Rows, rng: random.Random) -> list[Table]:
    return [
        Table(m.Elsewhere, rows["places"], [m.Elsewhere(name="e")]),
        Table(m.Beside, rows["places"], [m.Beside()], columns={"elsewhere": Popular(m.Elsewhere)}),
    ]


def partitioned(as_of: dt.datetime, rows: Rows, rng: random.Random) -> list[Table]:
    columns: dict[str, Column] = {
        "id": Series(1),
        "at": Series(as_of - dt.timedelta(days=30), as_of),
        "place": Pick(m.Place),
    }
    return [place(rows), Table(m.Measure, 1000, [m.Measure()], columns=columns)]


def views(as_of: dt.datetime, rows: Rows, rng: random.Random) -> list[Table]:
    return [place(rows)]


def into_a_view(as_of: dt.datetime, rows: Rows, rng: random.Random) -> list[Table]:
    return [Table(m.Total, None, [m.Total(n=rows["places"])])]
