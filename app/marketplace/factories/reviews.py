"""Reviews of who worked."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import factory

from marketplace.factories import texts
from marketplace.factories.accounts import UserFactory
from marketplace.factories.dates import DatedFactory, made_with, midnight, within
from marketplace.factories.jobs import JobFactory
from marketplace.factories.rng import by_share, sentences
from marketplace.models import JobStatus, Review, Role

# Most public ratings are at the top, with a second, small peak at the bottom.
RATING_SHARES = {"5.0": 44, "4.5": 22, "4.0": 15, "3.5": 6, "3.0": 5, "2.5": 2, "2.0": 2, "1.5": 1, "1.0": 3}


def _feedback(review: Any) -> str:
    """Draw words that fit the stars, or none at all."""
    if by_share({True: 2, False: 8}):
        return ""
    return sentences(texts.GOOD_FEEDBACK if review.rating >= 3 else texts.BAD_FEEDBACK, 1, 4)


class ReviewFactory(DatedFactory[Review]):
    """A client's rating of whoever worked; the words fit the stars, and a fifth say nothing."""

    class Meta:
        model = Review

    job = made_with(JobFactory, status=JobStatus.COMPLETED)
    reviewer = factory.SelfAttribute("job.client")
    reviewed = made_with(UserFactory, role=Role.APPLICANT)
    rating = factory.LazyFunction(lambda: Decimal(by_share(RATING_SHARES)))
    created_at = factory.LazyAttribute(lambda review: within(midnight(review.job.date), 14, review.as_of))
    feedback = factory.LazyAttribute(_feedback)
