"""Which archetype a row takes, and what is said to whoever describes data that does not hold together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from marketplace.factories import IndustryFactory, JobFactory, SubcategoryFactory, UserFactory
from marketplace.models import Application, Industry, Job, Profile, Subcategory, User
from perflab.errors import InputError
from perflab.seeding import Each, Numbered, Pick, Popular, Same, Series, Sometimes, Table
from perflab.seeding.present import Kept
from perflab.seeding.rows import Rows
from tests.perflab.seeding.odd_models import Branch

USERS = [UserFactory.build(role=role) for role in ("client", "applicant", "applicant")]


def family(*tables, seed=1):
    drawn: dict[Any, Rows] = {}
    for table in tables:
        drawn[table.model] = Rows(table, seed, drawn)
    return drawn


def test_archetypes_are_evenly_spread():
    rows = family(Table(User, 301, USERS))[User]
    assert sorted(np.bincount(rows.archetype)) == [100, 100, 101]


def test_fewer_rows_than_archetypes_take_the_first():
    assert set(family(Table(User, 2, USERS))[User].archetype) == {0, 1}


def test_archetype_from_takes_the_parents_archetype():
    profiles = Table(
        Profile, 90, [Profile(role=user.role) for user in USERS], columns={"user": Each(User)}, archetype_from="user"
    )
    drawn = family(Table(User, 90, USERS), profiles)
    assert (drawn[Profile].archetype == drawn[User].archetype).all()


def test_weighted_by_keeps_to_what_has_an_affinity():
    jobs = [JobFactory.build(status=status, client=USERS[0]) for status in ("open", "completed")]
    applications = [Application(status="pending"), Application(status="accepted")]
    drawn = family(
        Table(Job, 100, jobs),
        Table(
            Application,
            500,
            applications,
            links={"job": Pick(Job)},
            weighted_by=("job", lambda application, job: (application.status == "pending") == (job.status == "open")),
        ),
    )
    jobs_archetypes = drawn[Job].archetype[drawn[Application].path("job").values]
    assert (drawn[Application].archetype == jobs_archetypes).all()


def test_no_affinity_at_all_is_an_error():
    drawn = family(
        Table(User, 5, USERS),
        Table(Profile, 5, [Profile()], links={"of": Each(User)}, weighted_by=("of", lambda profile, user: 0)),
    )
    with pytest.raises(InputError, match=r"no archetype has an affinity with"):
        _ = drawn[Profile].archetype


def test_links_between_archetypes_become_links_between_rows():
    industries = [IndustryFactory.build(name=name) for name in ("Retail", "Events")]
    trades = [SubcategoryFactory.build(industry=industries[n % 2], name=str(n)) for n in range(4)]
    jobs = [JobFactory.build(subcategory=trade, client=USERS[0]) for trade in trades]
    drawn = family(Table(Industry, None, industries), Table(Subcategory, None, trades), Table(Job, 40, jobs))
    assert list(drawn[Subcategory].path("industry").values) == [0, 1, 0, 1]
    assert (drawn[Job].path("subcategory.industry").values == drawn[Job].path("industry").values).all()


def test_a_link_to_multiplied_rows_has_to_be_declared():
    drawn = family(Table(User, 10, USERS), Table(Job, 5, JobFactory.build_batch(2, client=USERS[0])))
    with pytest.raises(InputError, match=r"seed of marketplace.Job: client is not described.*Popular\(User\)"):
        drawn[Job].path("client")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nothing", "has no column 'nothing'"),
        ("role.user", "role is neither a link nor a date or time"),
        ("date_joined.role", "role cannot be followed"),
    ],
)
def test_paths_that_lead_nowhere(path, message):
    with pytest.raises(InputError, match=message):
        family(Table(User, 10, USERS))[User].path(path)


def test_a_table_that_is_linked_to_is_needed():
    message = r"refers to marketplace.User, which is neither seeded nor filled by a migration; add a Table for it"
    with pytest.raises(InputError, match=message):
        family(Table(Profile, 1, [Profile()], columns={"user": Each(User)}))[Profile].path("user")


def test_tables_in_any_order_have_the_same_rows():
    profiles = Table(Profile, 90, [Profile()], columns={"user": Popular(User, at_most=3)})
    users = Table(User, 90, USERS)
    before, after = family(users, profiles), family(profiles, users)
    assert (before[Profile].path("user").values == after[Profile].path("user").values).all()


def test_a_column_that_follows_from_itself_is_named():
    drawn = family(Table(User, 10, USERS, links={"a": Same("b"), "b": Same("a")}))
    with pytest.raises(InputError, match=r"seed of marketplace.User: a depends on itself"):
        drawn[User].path("a")


def test_a_null_link_is_followed_to_a_null():
    users = Table(User, 10, USERS, columns={"username": Numbered("u")}, links={"place": Series(1)})
    job = Table(
        Job, 50, JobFactory.build_batch(2, client=USERS[0]),
        columns={"client": Sometimes(0.5, Pick(User))},
        links={"name": Same("client.username"), "joined": Same("client.date_joined"), "place": Same("client.place")},
    )  # fmt: skip
    rows = family(users, job)[Job]
    missing = rows.path("client").values < 0
    assert 5 < missing.sum() < 45
    assert [name is None for name in rows.path("name").values.to_pylist()] == list(missing)
    assert [place is None for place in rows.path("place").values.to_pylist()] == list(missing)
    assert (np.isnat(rows.path("joined").values) == missing).all()
    assert (
        rows.path("name").values.to_pylist()[int(np.argmin(missing))]
        == f"u{rows.path('client').values[np.argmin(missing)] + 1}"
    )


def test_archetypes_link_by_key_too():
    industries = [Industry(pk=5, name="a"), Industry(pk=9, name="b")]
    trades = [Subcategory(industry_id=9), Subcategory(industry=Industry(pk=5, name="read again"))]
    drawn = family(Table(Industry, None, industries), Table(Subcategory, None, trades))
    assert list(drawn[Subcategory].path("industry").values) == [1, 0]


def test_archetypes_link_to_rows_that_stay():
    kept = Kept(frozenset({70}), 70)
    drawn: dict[Any, Rows] = {}
    drawn[Industry] = Rows(Table(Industry, 5, [Industry()]), 1, drawn, kept=kept)
    drawn[Subcategory] = Rows(Table(Subcategory, 5, [Subcategory(industry_id=70)]), 1, drawn)
    relation = Subcategory._meta.get_field("industry")
    assert drawn[Subcategory].links_to_kept(relation)
    drawn[Subcategory].table = Table(Subcategory, 5, [Subcategory(industry_id=3)])
    assert not drawn[Subcategory].links_to_kept(relation)


def test_a_row_without_a_parent_links_to_itself_where_it_may_not_be_null():
    branches = Table(Branch, 40, [Branch()], columns={"above": Popular(Branch), "root": Popular(Branch)})
    rows = family(branches)[Branch]
    assert rows.path("above").values[0] == -1
    assert rows.path("root").values[0] == 0
    assert (rows.path("root").values[1:] < np.arange(1, 40)).all()
