"""The record that goes from one job to another: whole where it is whole, refused where anything is odd."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perflab.errors import InputError
from perflab.report.comment.changes import MAX_ROWS, MAX_TEXT, Change, Changes, TimeChange
from tests.perflab.report.comment.made_up import changes, rows


def through_a_file(made: Changes) -> Changes:
    return Changes.of(json.loads(json.dumps(made.as_dict())))


@pytest.mark.parametrize(
    "made", [changes(), changes(rows=rows(3), notes=("a", "b")), changes(responses=None, time=TimeChange())]
)
def test_what_is_written_is_read(made: Changes) -> None:
    assert through_a_file(made) == made


def test_rows_come_worst_first() -> None:
    made = changes(rows=tuple(Change(word, word, "") for word in ("better", "undecided", "changed", "worse")))
    assert [row.verdict for row in through_a_file(made).rows] == ["worse", "changed", "undecided", "better"]


def test_what_is_undecided_did_not_change() -> None:
    assert not changes(rows=(Change("list", "undecided", ""),)).changed
    assert changes(rows=(Change("list", "better", ""),)).changed


TIME = {"pace": "same", "margin": 0, "ratio": 1, "low": 1, "high": 1}
BAD: list[tuple[str, Any]] = [
    ("schema", 2), ("subject", "world"), ("scenario", 7), ("scenario", "x" * (MAX_TEXT + 1)), ("responses", -1),
    ("responses", True), ("responses", 1.5), ("responses", 10**30), ("query_counts", "3"), ("rows", {}), ("rows", [{}]),
    ("rows", [{}] * (MAX_ROWS + 1)),
    ("notes", ["a", None]), ("time", None), ("time", {"pace": "same"}), ("time", {**TIME, "pace": "x"}), ("more", 1),
    ("time", {**TIME, "pace": ["same"]}), ("time", {**TIME, "ratio": math.nan}), ("time", {**TIME, "low": -1}),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value"), BAD, ids=range(len(BAD)))
def test_what_is_odd_is_refused_in_one_line(key: str, value: Any) -> None:
    with pytest.raises(InputError, match="does not hold what changed") as refused:
        Changes.of({**changes(rows=rows(1)).as_dict(), key: value})
    assert "\n" not in str(refused.value)


def test_a_missing_key_is_refused() -> None:
    data = changes().as_dict()
    del data["notes"]
    with pytest.raises(InputError, match="exactly the keys"):
        Changes.of(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(value=json_values, key=st.sampled_from([*changes().as_dict(), ""]))
def test_anything_is_read_or_refused(value: Any, key: str) -> None:
    data = {**changes().as_dict(), key: value} if key else value
    try:
        Changes.of(data)
    except InputError:
        pass
