"""The average broken down."""

from __future__ import annotations

from typing import Any

from perflab.report.plain import as_text
from perflab.report.sections import mix


def test_each_part_of_the_traffic_has_its_row(summary: dict[str, Any]) -> None:
    markup = mix.build(summary)
    assert markup is not None
    lead, _, _, *rows = as_text(markup).splitlines()
    assert " endpoints got faster, " in lead and (" Smallest gain: " in lead or " Worst regression: " in lead)
    names = [name for name, _ in mix.NAMES.values()]
    assert names == ["All requests", "Endpoints alike", "Reads", "Writes", "Cache hits", "Cache misses", "Cold", "Warm"]
    assert [next(name for name in names if row.startswith(f"  {name}")) for row in rows] == names
    assert "none in this run" in rows[-1]


def test_a_summary_without_it_shows_nothing(summary: dict[str, Any]) -> None:
    bare = {**summary, "effects": [row for row in summary["effects"] if row["endpoint"] == "ALL"]}
    assert mix.build(bare) is None
