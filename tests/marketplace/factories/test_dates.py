"""Dates are counted from `as_of`, through all rows that a row is made with."""

from __future__ import annotations

import datetime as dt

import pytest

from marketplace.factories import (
    AS_OF,
    ApplicationFactory,
    PaymentFactory,
    ReviewFactory,
    SavedJobFactory,
    WalletFactory,
)
from marketplace.factories.dates import midnight, within

LEAP_DAY = dt.datetime(2024, 2, 29, tzinfo=dt.UTC)


@pytest.mark.parametrize("made_by", [ApplicationFactory, SavedJobFactory, PaymentFactory, ReviewFactory])
def test_a_row_hands_as_of_on_to_the_rows_that_it_is_made_with(made_by):
    for row in made_by.build_batch(20, as_of=LEAP_DAY):
        assert row.job.created_at < LEAP_DAY
        assert row.job.client.date_joined < LEAP_DAY - dt.timedelta(days=759)


def test_a_row_that_is_given_keeps_its_own():
    assert WalletFactory.build(user__as_of=LEAP_DAY).user.date_joined < LEAP_DAY - dt.timedelta(days=759)


def test_within_ends_at_as_of():
    day = dt.timedelta(days=1)
    assert within(AS_OF + day, 10, AS_OF) == AS_OF
    moments = [within(AS_OF - day, 10, AS_OF) for _ in range(200)]
    assert AS_OF - day <= min(moments) < max(moments) <= AS_OF


def test_midnight_has_a_zone():
    assert midnight(LEAP_DAY.date()) == LEAP_DAY
