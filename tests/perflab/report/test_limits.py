"""What a run does not say follows from its settings."""

from __future__ import annotations

from pathlib import Path

from perflab.report.limits import limits
from perflab.store import Run
from tests.perflab import saved_run
from tests.perflab.synthetic import scenario


def test_service_time_and_what_it_leaves_out_come_first(run: Run) -> None:
    assert limits(run)[0].startswith("Times are service times: one request at a time")
    assert "queue" in limits(run)[0]
    assert "network" in limits(run)[0]


def test_settings_that_flatter_writes_are_named(run: Run) -> None:
    assert any("fsync off" in sentence for sentence in limits(run))
    durable = {**saved_run.ENVIRONMENT, "postgres": {"settings": {"fsync": "on"}}}
    assert not any("fsync" in sentence for sentence in limits(saved_run.without_samples(environment=durable)))


def test_a_clock_that_could_not_be_read_is_unknown_and_not_zero() -> None:
    blind = saved_run.without_samples(
        environment={**saved_run.ENVIRONMENT, "clocks": {"db": False, "cache": False}}
    )
    assert any("unknown, not zero" in sentence for sentence in limits(blind))


def test_the_traffic_behind_a_hit_rate_is_named() -> None:
    cached = scenario(
        traffic={"rate_per_s": 50, "endpoints": []}, factors=[{"name": "caching", "kind": "cache"}]
    )
    assert any(
        "50 requests per second" in sentence
        for sentence in limits(saved_run.without_samples(scenario=cached))
    )


def test_how_long_caches_had_to_fill_is_told(tmp_path: Path) -> None:
    cached = scenario(
        traffic={"rate_per_s": 50, "endpoints": []}, factors=[{"name": "caching", "kind": "cache"}]
    )
    run = saved_run.save(tmp_path, scenario=cached)
    requests = round((run.trace["phase"] == "warmup").sum() / run.trace["round"].nunique())
    assert any(f"warms them with {requests} requests" in sentence for sentence in limits(run))


def test_checks_that_found_no_time_are_told() -> None:
    def told(**facts: object) -> list[str]:
        return [sentence for sentence in limits(saved_run.without_samples(**facts)) if "look for wrong answers" in sentence]

    (sentence,) = told(checks={"made": 120, "of": 172})
    assert sentence.startswith("Of 172 requests that look for wrong answers 120 were made in the time of this profile")
    assert told(checks={"made": 172, "of": 172}) == told() == []


def test_what_sqlite_cannot_tell_is_unknown_and_its_writes_waited_as_the_project_has_it() -> None:
    def of(**settings: str) -> str:
        facts = {k: v for k, v in saved_run.ENVIRONMENT.items() if k != "postgres"}
        environment = {**facts, "sqlite": {"version": "3.45.1", "settings": settings}, "clocks": {"db": False}}
        return " ".join(limits(saved_run.without_samples(environment=environment)))

    waiting = of(journal_mode="wal", synchronous="normal")
    assert "SQLite works inside the application's process" in waiting
    assert "unknown, not zero" in waiting
    assert "could not be read on this system" not in waiting
    assert "journal_mode = wal, synchronous = normal" in waiting
    assert "did not wait for the disk (synchronous off)" in of(journal_mode="wal", synchronous="off")
