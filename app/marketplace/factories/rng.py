"""Random choices, by factory_boy's own generator, so that a seed repeats everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import factory.random

from marketplace.factories import texts

T = TypeVar("T")


def choose(options: Sequence[T]) -> T:
    """Draw one of the options, all with equal probability."""
    chosen: T = factory.random.randgen.choice(options)
    return chosen


def by_share(shares: Mapping[T, int]) -> T:
    """Draw one of the keys, in proportion to its share."""
    chosen: T = factory.random.randgen.choices(list(shares), weights=list(shares.values()))[0]
    return chosen


def sentences(pool: Sequence[str], fewest: int, most: int) -> str:
    """Draw from `fewest` to `most` different sentences of a pool, joined; an empty text for 0.

    Args:
        pool: The sentences.
        fewest: The smallest number of sentences.
        most: The greatest number of sentences.
    """
    return " ".join(factory.random.randgen.sample(pool, factory.random.randgen.randint(fewest, most)))


def place() -> str:
    """Draw a district of a city."""
    return f"{choose(texts.CITIES)} {choose(texts.DISTRICTS)}"
