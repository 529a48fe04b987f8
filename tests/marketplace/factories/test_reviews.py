"""Stars as they are given in public, and words that fit them."""

from __future__ import annotations

from marketplace.factories import ReviewFactory


def test_most_ratings_are_high():
    ratings = [review.rating for review in ReviewFactory.build_batch(500)]
    assert min(ratings) >= 1
    assert max(ratings) == 5
    assert sum(rating >= 4 for rating in ratings) > 300


def test_the_words_of_a_review_fit_its_stars():
    bad = " ".join(review.feedback for review in ReviewFactory.build_batch(50, rating=1))
    assert "did not call" in bad
    assert "Would gladly" not in bad
