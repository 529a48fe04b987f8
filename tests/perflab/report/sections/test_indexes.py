"""The section on which indexes are needed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from perflab.analysis.database.indexes import MEASURED
from perflab.report.sections.indexes import NO_PLAN, STUDY, build
from perflab.run.store import Run
from tests.perflab.summaries import summary_of

EFFECT = {
    "metric": "latency_s", "ratio": 1.001, "difference": 0.0, "low": 0.995, "high": 1.007, "before": 0.001, "after": 0.001,
    "n": 900, "rounds": 3, "verdict": "equivalent", "statistically_significant": False, "worst": None,
}  # fmt: skip
IDLE = {
    "name": "t_idle", "table": "t", "model": "app.Thing", "kind": "meta", "key": ["a", "b"], "candidate": True,
    "redundant_or_unused": True, "overlap": None, "scans": 0, "entries": 0, "endpoints": [], "bytes": 8192, "build_s": 0.12,
    "measured_as": "pruned", "reads": EFFECT, "writes": {**EFFECT, "ratio": 0.88, "low": 0.85, "high": 0.91},
    "durable_writes": {**EFFECT, "ratio": 0.9, "low": 0.8, "high": 1.01}, "wal_per_write": {"before": 2048, "after": 1024},
    "changed": 0, "verdict": "drop", "use": "unused by this traffic",
    "reason": "reads are not slower without all that could go",
}  # fmt: skip
AGAIN = {**IDLE, "name": "t_again", "overlap": {"how": "duplicate", "by": "t_fk"}, "scans": 7}
USED = {
    **IDLE, "name": "t_used", "redundant_or_unused": False, "scans": 1234, "entries": 5678, "endpoints": ["list"],
    "measured_as": "without-t_used", "verdict": "keep", "use": "scanned 1,234 times", "reason": "reads are slower without it",
    "reads": {**EFFECT, "ratio": 1.5, "low": 1.4, "high": 1.6, "verdict": "worse",
              "worst": {**EFFECT, "endpoint": "list", "ratio": 3.0, "low": 2.5, "high": 3.5}},
}  # fmt: skip
UNMEASURED = dict.fromkeys(("measured_as", *MEASURED, "build_s"))


def shown(run: Run, *rows: dict[str, Any], findings: tuple[dict[str, Any], ...] = ()) -> Any:
    with_catalogue = replace(run, meta={**run.meta, "catalogue": {"migrations": {"app": "0007_last"}}})
    return build(summary_of(indexes=list(rows), findings=findings), with_catalogue)


def test_it_says_what_could_go_and_what_that_gains(run: Run) -> None:
    text = shown(run, IDLE, AGAIN, USED).text
    assert (
        "2 of the 3 indexes examined are candidates for removal: 1 is covered by another index; 1 was not used by this traffic "
        "(check production's index statistics first)." in text
    )
    assert "Everything on, with these 2 indexes and without them" in text
    assert "Everything on, with this index and without it" in shown(run, IDLE, USED).text
    lines = {line.split("  ")[1]: line for line in text.splitlines() if line.startswith("  ")}
    assert "0.1% more" in lines["Reads"] and "12% less" in lines["Writes"]
    assert "50% less" in lines["Write-ahead log per write"]
    assert (
        "They can be dropped: without them, reads take at most 0.7% more time (estimate: 0.1% more time), writes take 12% less "
        "time" in text
    )


def test_an_index_in_no_plan_was_used_by_nothing_or_by_a_query_without_a_plan(run: Run) -> None:
    for row, used_by in ((IDLE, "nothing"), (AGAIN, NO_PLAN), ({**IDLE, "scans": None}, NO_PLAN), (USED, "list")):
        assert f'data-label="Used by">{used_by}</td>' in shown(run, row).markup


def test_the_migration_is_there_once_the_set_was_measured(run: Run) -> None:
    text = shown(run, IDLE, USED).text
    assert "# app/migrations/" in text and "RemoveIndex(model_name='thing', name='t_idle')" in text
    undecided = {**IDLE, "verdict": "undecided", "reason": "reads are slower"}
    for rows in ((undecided, USED), ({**IDLE, **UNMEASURED, "verdict": "undecided"}, USED), (USED,)):
        assert "RemoveIndex" not in shown(run, *rows).text


def test_what_was_not_measured_or_is_unknown_is_labelled(run: Run) -> None:
    row = {**IDLE, **UNMEASURED, "scans": None, "entries": None, "bytes": None, "verdict": "undecided",
           "reason": "not measured without it"}  # fmt: skip
    part = shown(run, row, {**row, "name": "t_b", "scans": 0})
    assert (
        "It is undecided whether they can be dropped: the system was not measured without them (set index_study_s in the "
        "profile)." in part.text
    )
    study = STUDY.format(" with everything on")
    assert study not in part.text and study in shown(run, IDLE).text
    assert "None" not in part.markup and "nan" not in part.markup.lower().replace("tenan", "")
    assert shown(run, {**USED, "candidate": False}).text.endswith("No index was examined.")


def test_those_of_installed_packages_stand_apart(run: Run) -> None:
    foreign = {**AGAIN, **UNMEASURED, "name": "tag_a", "package": "taggit", "redundant_or_unused": False, "verdict": "keep",
               "reason": "it belongs to the installed package taggit"}  # fmt: skip
    text = shown(run, IDLE, USED, foreign).text
    assert text.index("t_used") < text.index("Indexes of installed packages") < text.index("tag_a")
    assert "1 of the 2 indexes examined is a candidate for removal" in text and "none is proposed for removal" in text
    assert "Indexes of installed packages" not in shown(run, IDLE, USED).text
    alone = shown(run, foreign).text
    assert "No index of the project's own models was examined." in alone and "tag_a" in alone
    assert "The indexes examined" not in alone


def test_the_endpoint_that_suffers_is_named(run: Run) -> None:
    assert "list 3.0 times as much" in shown(run, USED).markup


@pytest.mark.parametrize("kind", ["index_missing", "index_column_order"])
def test_what_is_missing_is_reported_above_the_table(run: Run, kind: str) -> None:
    assert "for want of" in shown(run, USED, findings=({"class": kind, "sentence": "for want of an index"},)).text


def test_hostile_names_are_escaped(run: Run) -> None:
    hostile = {**USED, "name": "<script>", "table": "<b>", "endpoints": ["<i>"]}
    markup = shown(run, hostile).markup
    assert not any(tag in markup for tag in ("<script>", "<b>", "<i>"))
