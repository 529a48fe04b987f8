"""The columns that docs/scenario.md shows are those that perflab has, and its examples can be written so."""

from __future__ import annotations

import datetime as dt
import inspect
import re
from typing import Any

import pytest

from marketplace.models import Application, Payment, Review, User
from perflab import seeding
from perflab.scenario.output import handbook, vocabulary

NAMES: dict[str, Any] = {
    **{name: getattr(seeding, name) for name in seeding.__all__},
    "User": User, "Order": Application, "Comment": Review, "Player": Payment, "timedelta": dt.timedelta,
    "as_of": dt.datetime(2025, 10, 20, tzinfo=dt.UTC),
}  # fmt: skip


def columns() -> set[str]:
    """The public names of perflab.seeding whose instances can be drawn, but for their common interface."""
    classes = {name for name in seeding.__all__ if inspect.isclass(getattr(seeding, name))}
    return {name for name in classes if hasattr(getattr(seeding, name), "draw")} - {"Column"}


def test_every_column_is_shown_with_an_example() -> None:
    shown = [re.match(r"\w+", example) for example in vocabulary.COLUMNS]
    assert sorted(match[0] for match in shown if match) == sorted(columns())


@pytest.mark.parametrize("example", [*vocabulary.COLUMNS])
def test_an_example_can_be_written_so(example: str) -> None:
    assert hasattr(eval(example, {"__builtins__": {}}, NAMES), "draw")


def test_options_that_are_named_exist() -> None:
    fields = {name for column in columns() for name in inspect.signature(getattr(seeding, column)).parameters}
    fields |= set(inspect.signature(seeding.Table).parameters)
    spans = re.findall(r"`([a-z_]+)`", vocabulary.text())
    assert set(spans) - fields <= {"db_default", "auto_now", "auto_now_add"}


def test_it_is_part_of_the_page() -> None:
    assert handbook.text().endswith(vocabulary.text())
