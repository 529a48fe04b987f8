"""One function for each ingredient; a scenario or a test names one of them."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType

from perflab.seeding import (
    Column,
    CountOf,
    Distinct,
    Each,
    Key,
    Numbered,
    OneOf,
    Pick,
    Popular,
    Same,
    Series,
    Sometimes,
    Table,
)
from tests.cases.trees import models as m
from tests.cases.trees.notes.models import Note

Rows = Mapping[str, int]
Columns = dict[str, Column]


def tree(as_of: dt.datetime, rows: Rows, rng: random.Random) -> list[Table]:
    """Children before and after each other, and in a tree that has no null."""
    return [
        Table(Note, 10, [Note(text="n")], columns={"category": Popular(m.Category)}),
        Table(
            m.Category, rows["places"], [m.Category()], columns={"name": Numbered("C"), "parent": Popular(m.Category)}
        ),
        Table(m.Node, rows["places"], [m.Node()], columns={"name": Numbered("N"), "above": Distinct(m.Node, times=2)}),
    ]


def tree_rows(as_of: dt.datetime, rows: Rows, rng: random.Random) -> list[Table]:
    """The rows themselves, linked to each other."""
    root = m.Category(name="root")
    children = [m.Category(name=f"C{n}", parent=root) for n in range(rows["places"])]
    return [Table(m.Category, None, [*children, root])]


def circle(as_of: dt.datetime, rows: Rows, rng: random.Random) -> list[Table]:
    columns: Columns = {"name": Numbered("T"), "captain": OneOf(m.Player, "team"), "size": CountOf(m.Player, "team")}
    return [
        Table(m.Team, 5, [m.Team()], columns=columns),
        Table(m.Player, rows["places"], [m.Player()], columns={"name": Numbered("P"), "team": Popular(m.Team)}),
    ]


def documents(as_of: dt.datetime, rows: Rows, rng: random.Random) -> list[Table]:
    """UUID keys without a column, a generated field, and links to those keys from a table that comes first."""
    return [
        Table(m.Page, rows["places"], [m.Page()], columns={"document": Pick(m.Document)}),
        Table(m.Document, rows["places"], [m.Document(title="d", number=n) for n in range(5)]),
    ]


def defaulted(as_of: dt.datetime, rows: Rows, rng: random.Random) -> list[Table]:
    return [Table(m.Defaulted, rows["places"], [m.Defaulted()], columns={"name": Numbered("D")})]


def defaulted_created(as_of: dt.datetime, rows: Rows, rng: random.Random) -> list[Table]:
    """With an instance really saved, so that the database has filled its defaults in."""
    one = m.Defaulted.objects.create()
    one.refresh_from_db()
    return [Table(m.Defaulted, rows["places"], [one], columns={"name": Numbered("D")})]


def migrated(as_of: dt.datetime, rows: Rows, rng: random.Random) -> list[Table]:
    """Cities in countries that a migration made, by instance; prices by key and by a column that is no key."""
    cities = [m.City(country=country) for country in m.Country.objects.all()]
    return [
        Table(m.City, rows["places"], cities, columns={"name": Numbered("City ")}),
        Table(m.Price, 10, [m.Price(currency_id=978)], columns={"quoted_in": Pick(m.Currency)}),
    ]


def migrated_popular(as_of: dt.datetime, rows: Rows, rng: random.Random) -> list[Table]:
    """The same without a query."""
    columns: Columns = {"name": Numbered("City "), "country": Popular(m.Country)}
    return [
        Table(m.City, rows["places"], [m.City()], columns=columns),
        Table(m.Price, 10, [m.Price()], columns={"currency": Pick(m.Currency)}),
    ]


def migrated_listed(as_of: dt.datetime, rows: Rows, rng: random.Random) -> list[Table]:
    """Prices in currencies that a migration made, and that are listed, with one more."""
    currencies = [*m.Currency.objects.order_by("pk"), m.Currency(code="GBP")]
    prices = [m.Price(currency=c) for c in currencies]
    return [Table(m.Currency, None, currencies), Table(m.Price, rows["places"], prices)]


def migrated_more(as_of: dt.datetime, rows: Rows, rng: random.Random) -> list[Table]:
    """More currencies beside those of a migration, and prices in either."""
    dollar = m.Currency(pk=840)
    return [
        Table(m.Currency, rows["places"], [m.Currency()], columns={"code": Numbered("")}),
        Table(m.Price, 5, [m.Price(currency=dollar)]),
        Table(m.City, 5, [m.City(country_id="FR")], columns={"name": Numbered("City ")}),
    ]


def migrated_replaced(as_of: dt.datetime, rows: Rows, rng: random.Random) -> list[Table]:
    return [Table(m.Currency, rows["places"], [m.Currency()], columns={"code": Numbered("")}, keep=False)]


def generic(as_of: dt.datetime, rows: Rows, rng: random.Random) -> list[Table]:
    """Content types and permissions come from migrating: comments on places, and a group with every permission."""
    kind = ContentType.objects.get_for_model(m.Place)
    through: Any = Group.permissions.through
    return [
        Table(m.Place, rows["places"], [m.Place()], columns={"name": Numbered("Place ")}),
        Table(m.Comment, rows["places"], [m.Comment(content_type=kind)], columns={"object_id": Popular(m.Place)}),
        Table(Group, 3, [Group()], columns={"name": Numbered("g")}),
        Table(
            through, 20, [through()],
            columns={"group": Popular(Group), "permission": Popular(Permission, distinct_within="group")},
        ),
    ]  # fmt: skip


def inherited(as_of: dt.datetime, rows: Rows, rng: random.Random) -> list[Table]:
    restaurants = [m.Restaurant(name=f"R{stars}", stars=stars) for stars in (1, 2, 3)]
    return [Table(m.Restaurant, rows["places"], restaurants)]


def ordered(as_of: dt.datetime, rows: Rows, rng: random.Random) -> list[Table]:
    """Series, padded keys, and keys of two columns."""
    month = as_of - dt.timedelta(days=30)
    return [
        Table(
            m.Event, rows["places"], [m.Event()],
            columns={"key": Key(32), "at": Series(month, as_of), "number": Series(1000, step=5)},
        ),
        Table(m.Place, 10, [m.Place()], columns={"name": Numbered("Place ")}),
        Table(
            m.Line, rows["places"], [m.Line()], columns={"place": Popular(m.Place), "number": Series(1, within="place")}
        ),
    ]  # fmt: skip


def everything(as_of: dt.datetime, rows: Rows, rng: random.Random) -> list[Table]:
    """Two links that follow each other, and a null link that is followed."""
    return [
        Table(m.Team, 4, [m.Team()], columns={"name": Numbered("T"), "captain": Sometimes(0.5, Pick(m.Player))}),
        Table(
            m.Player,
            rows["places"],
            [m.Player()],
            columns={"name": Numbered("P"), "team": Pick(m.Team)},
            links={"boss": Same("team.captain")},
        ),
        Table(m.Place, 8, [m.Place()], columns={"name": Numbered("Place ")}),
        Table(m.Restaurant, 8, [m.Restaurant(stars=2)], columns={"place_ptr": Each(m.Place)}),
    ]


def mistaken(as_of: dt.datetime, rows: Rows, rng: random.Random) -> list[Table]:
    """Five mistakes."""
    return [
        Table(m.Category, rows["places"], [m.Category(name="x" * 21)], columns={"parnt": Popular(m.Category)}),
        Table(m.City, 5, [m.City(name="c")]),
        Table(m.Currency, 5, [m.Currency(code="EUR")]),
        Table(m.Document, 5, [m.Document(title="d", number=1)], columns={"doubled": Series(1)}),
    ]


def failing(as_of: dt.datetime, rows: Rows, rng: random.Random) -> list[Table]:
    return [m.Place(name=rows["places"] / 0)]  # type: ignore[list-item]  # it never gets that far


def unmanaged(as_of: dt.datetime, rows: Rows, rng: random.Random) -> list[Table]:
    return [Table(m.Legacy, rows["places"], [m.Legacy(name="l")])]
