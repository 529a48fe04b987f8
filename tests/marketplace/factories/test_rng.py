"""What random choices are made from, and how often."""

from __future__ import annotations

from collections import Counter

from marketplace.factories.rng import by_share, sentences


def test_shares_are_kept():
    thrown = Counter(by_share({"often": 9, "seldom": 1, "never": 0}) for _ in range(1000))
    assert thrown["often"] > 5 * thrown["seldom"] > 0
    assert "never" not in thrown


def test_a_text_repeats_no_sentence_and_may_be_empty():
    texts = [sentences(("One.", "Two.", "Three."), 0, 3).split() for _ in range(50)]
    assert all(len(set(text)) == len(text) for text in texts)
    assert {len(text) for text in texts} == {0, 1, 2, 3}
