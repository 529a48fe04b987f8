"""The average broken down."""

from __future__ import annotations

from dataclasses import replace

from perflab.report.plain import as_text
from perflab.report.sections import mix
from perflab.run.store import Run
from perflab.run.summary import Summary


def test_each_part_of_the_traffic_has_its_row(run: Run, summary: Summary) -> None:
    markup = mix.build(summary, run)
    assert markup is not None
    lead, _, _, *rows = as_text(markup).splitlines()
    assert " endpoints got faster, " in lead
    assert any(f" {label}: " in lead for label in ("Smallest significant gain", "Worst regression"))
    names = [name for name, _ in mix.NAMES.values()]
    assert names == [
        "All requests",
        "Endpoints, equally weighted",
        "Reads",
        "Writes",
        "Cache hits",
        "Cache misses",
        "Cold",
        "Warm",
    ]
    assert [next(name for name in names if row.startswith(f"  {name}")) for row in rows] == names
    assert "none in this run" in rows[-1]


def test_one_endpoint_is_singular(run: Run, summary: Summary) -> None:
    effects = [replace(effect, n=1) if effect.endpoint == "GEOMEAN" else effect for effect in summary.effects]
    markup = mix.build(replace(summary, effects=tuple(effects)), run)
    assert markup is not None and "  1 endpoint  " in as_text(markup)


def test_a_summary_without_it_shows_nothing(run: Run, summary: Summary) -> None:
    bare = replace(summary, effects=tuple(effect for effect in summary.effects if effect.endpoint == "ALL"))
    assert mix.build(bare, run) is None


def test_a_project_without_a_cache_has_no_row_of_one(run: Run, summary: Summary) -> None:
    markup = mix.build(replace(summary, cache=()), run)
    assert markup is not None
    text = as_text(markup)
    assert "Reads" in text and "weighted as the scenario says" in text
    for word in ("Cache", "Cold", "Warm", "cache"):
        assert word not in text
