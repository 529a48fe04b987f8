"""What a run does not say follows from its settings: six short sentences, and the doubts of this very run."""

from __future__ import annotations

from pathlib import Path

import pytest

from perflab.report.first_page.limitations import doubts, limitations
from perflab.run.store import Run
from tests.perflab import saved_run
from tests.perflab.synthetic import scenario

CACHED = scenario(
    traffic={"rate_per_s": 50, "active_users": 400, "endpoints": []}, factors=[{"name": "caching", "kind": "cache"}]
)
WITHOUT_POSTGRES = {k: v for k, v in saved_run.ENVIRONMENT.items() if k != "postgres"}
ENVIRONMENTS = {
    "postgres": saved_run.ENVIRONMENT,
    "durable": {**saved_run.ENVIRONMENT, "postgres": {"settings": {"fsync": "on"}}},
    "sqlite": {**WITHOUT_POSTGRES, "sqlite": {"settings": {"journal_mode": "wal"}}, "clocks": {"db": False}},
    "unknown": {},
}


@pytest.mark.parametrize("environment", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_there_are_six_short_sentences_whatever_the_run_was_like(environment: dict[str, object]) -> None:
    sentences = limitations(saved_run.without_samples(environment=environment))
    assert len(sentences) == 6
    assert all(sentence.endswith(".") and len(sentence) < 200 for sentence in sentences)
    assert not any("None" in sentence for sentence in sentences)


def test_service_time_and_what_it_leaves_out_come_first(run: Run) -> None:
    assert limitations(run)[0].startswith("Service time is measured with one request at a time")
    assert "queue" in limitations(run)[0]
    assert "network" in limitations(run)[0]


def test_settings_that_flatter_writes_are_named(run: Run) -> None:
    assert any("fsync off" in sentence for sentence in limitations(run))
    durable = limitations(saved_run.without_samples(environment=ENVIRONMENTS["durable"]))
    assert not any("fsync" in sentence for sentence in durable)
    assert any("Writes waited for this machine's disk" in sentence for sentence in durable)


def test_a_clock_that_could_not_be_read_is_unknown_and_not_zero() -> None:
    blind = saved_run.without_samples(environment={**saved_run.ENVIRONMENT, "clocks": {"db": False, "cache": False}})
    assert any("unknown, not zero" in sentence for sentence in limitations(blind))


def test_copied_data_are_not_said_to_be_generated(tmp_path: Path) -> None:
    text = " ".join(limitations(saved_run.save(tmp_path, scenario={**CACHED, "data": {"from": "database"}})))
    assert (
        "Data (4,000 rows) is a copy of an existing database with personal data masked; traffic (400 users) is gen"
        in text
    )


def test_data_people_and_machine_are_named(tmp_path: Path) -> None:
    text = " ".join(limitations(saved_run.save(tmp_path, scenario=CACHED)))
    assert "Data (4,000 rows) and traffic (400 users) are generated from the scenario's assumptions" in text
    assert "on this machine (A Processor, 2 cores), not to other machines." in text


def test_how_long_caches_had_to_fill_is_reported(tmp_path: Path) -> None:
    run = saved_run.save(tmp_path, scenario=CACHED)
    requests = round((run.trace["phase"] == "warmup").sum() / run.trace["round"].nunique())
    assert any(
        f"warm up for {requests} requests ({requests / 50:.3g} s of traffic)" in sentence
        for sentence in limitations(run)
    )


def test_without_a_cache_it_is_the_processes_that_are_warm(run: Run) -> None:
    assert limitations(run)[1].startswith("The system is warm: each process had served")


def test_checks_that_found_no_time_are_reported() -> None:
    (sentence,) = doubts(saved_run.without_samples(checks={"made": 120, "of": 172}))
    assert sentence.startswith("This profile had time for only 120 of 172 check requests (which look for wrong ")
    assert (
        doubts(saved_run.without_samples(checks={"made": 172, "of": 172})) == doubts(saved_run.without_samples()) == []
    )


def test_what_ended_a_stage_early_is_reported() -> None:
    run = saved_run.without_samples(
        failed_passes={"burst": "cell all_on: the worker died (signal 9); see pass-burst.log"}
    )
    assert doubts(run) == ["The stage “concurrency probe” ended early: cell all_on the worker died."]


def test_processes_that_could_not_be_pinned_are_reported() -> None:
    unpinned = {**saved_run.ENVIRONMENT, "pinning": {"pinned": False, "reason": "one core"}}
    assert doubts(saved_run.without_samples(environment=unpinned)) == [
        "Processes could not be pinned to cores (one core); intervals are wider."
    ]


def test_what_sqlite_cannot_tell_is_unknown_and_its_writes_waited_as_the_project_has_it() -> None:
    def of(**settings: str) -> str:
        environment = {
            **WITHOUT_POSTGRES,
            "sqlite": {"version": "3.45.1", "settings": settings},
            "clocks": {"db": False},
        }
        return " ".join(limitations(saved_run.without_samples(environment=environment)))

    waiting = of(journal_mode="wal", synchronous="normal")
    assert "SQLite runs inside the application's process" in waiting
    assert "unknown, not zero" in waiting
    assert "could not be read on this system" not in waiting
    assert "journal_mode = wal, synchronous = normal" in waiting
    assert "did not wait for the disk (synchronous off)" in of(journal_mode="wal", synchronous="off")


def test_code_that_changed_between_rounds_is_a_doubt() -> None:
    code = {"sha256": "0", "files": {"a.py": "1"}, "changed": [{"round": 2, "files": ["a.py", "b.py"]}]}
    (sentence,) = doubts(saved_run.without_samples(code=code))
    assert "changed before round 2 (a.py and b.py)" in sentence
    assert doubts(saved_run.without_samples(code={**code, "changed": []})) == []


def test_what_check_remarked_on_is_a_doubt() -> None:
    run = saved_run.without_samples(notes=["factor cache: sessions are in the cache 'default'"])
    assert doubts(run) == ["Factor cache: sessions are in the cache 'default'."]
