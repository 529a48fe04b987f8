"""Throwing the dice: factory_boy's own, so that a seed repeats everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import factory.random

from marketplace.factories import texts

T = TypeVar("T")


def choose(options: Sequence[T]) -> T:
    """One of them, each as likely."""
    return factory.random.randgen.choice(options)


def by_share(shares: Mapping[T, int]) -> T:
    """One of them, as likely as its share says."""
    return factory.random.randgen.choices(list(shares), weights=list(shares.values()))[0]


def sentences(pool: Sequence[str], fewest: int, most: int) -> str:
    """A text of some different sentences; none at all if the dice say 0."""
    return " ".join(factory.random.randgen.sample(pool, factory.random.randgen.randint(fewest, most)))


def place() -> str:
    return f"{choose(texts.CITIES)} {choose(texts.DISTRICTS)}"
