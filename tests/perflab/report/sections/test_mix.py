"""The average taken apart."""

from __future__ import annotations

from typing import Any

from perflab.report.sections import mix


def test_each_part_of_the_traffic_has_its_row(summary: dict[str, Any]) -> None:
    lines = mix.tables(summary).lines
    assert lines[0].startswith("Of ") and " came off worst: " in lines[0]
    assert [line.partition(":")[0] for line in lines[1:]] == [
        "All requests", "Endpoints alike", "Reads", "Writes", "Cache hits", "Cache misses", "Cold", "Warm",
    ]  # fmt: skip
    assert lines[-1] == "Warm: none in this run"


def test_a_summary_without_it_shows_nothing(summary: dict[str, Any]) -> None:
    bare = {**summary, "effects": [row for row in summary["effects"] if row["endpoint"] == "ALL"]}
    assert mix.tables(bare) == mix.Tables()
