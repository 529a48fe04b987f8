"""What holds for every column: a random generator of its own, and the tables that it needs before its own."""

from __future__ import annotations

import pytest

from marketplace.models import Job, User
from perflab.seeding import Each, Mostly, Pick, Popular, Same, Sometimes, Uuid
from perflab.seeding.columns.base import needed_models
from tests.perflab.seeding.drawing import values


def test_a_seed_repeats_and_another_column_changes_nothing(drawn_rows):
    alone = values(drawn_rows, Pick(User))
    assert (alone == values(drawn_rows, Pick(User), other=Pick(Job))).all()
    assert (alone != values(drawn_rows, Pick(User), seed=2)).any()


@pytest.mark.parametrize(
    ("columns", "models"),
    [
        ([Each(User), Popular(Job)], {User, Job}),
        ([Same("job.client"), Uuid()], set()),
        ([Sometimes(0.3, Pick(User))], {User}),
        ([Mostly("client", 0.9, Sometimes(0.5, Pick(Job)))], {Job}),
    ],
)
def test_models_are_needed_also_by_columns_within_columns(columns, models):
    assert needed_models(columns) == models
