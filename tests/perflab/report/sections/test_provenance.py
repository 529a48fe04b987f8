"""Provenance: what bears on the numbers, and nothing that names the machine."""

from __future__ import annotations

import getpass
import socket
from dataclasses import replace

from perflab.report.sections.provenance import build, provenance
from perflab.run.phases import COMPARE_DATABASES
from perflab.run.store import Run
from perflab.run.summary import Summary
from tests.perflab import saved_run


def test_everything_that_bears_on_the_numbers_is_there(run: Run) -> None:
    facts = dict(provenance(run))
    assert facts["Scenario"] == "marketplace, profile smoke, seed 1"
    assert facts["Versions"] == "python 3.11.7, django 5.2.9"
    assert facts["Machine"] == "A Processor, 2 cores, 8.00 GiB of memory, Linux 6.1"
    assert facts["Pinning"] == "workers and servers on core 1, everything else on other cores"
    assert facts["Database"] == "PostgreSQL 18.6, started for this run, on a private socket"
    assert facts["Cache"].startswith("Valkey 9.1.2")
    assert facts["Rows"] == "4,000: 1,000 User, 3,000 Job"
    assert facts["Revision"] == "4fbf848aa112"
    assert facts["Switched indexes"] == "22 by ‘indexes’ (payment_payer_idx)"


def test_the_machine_has_its_pace() -> None:
    figures = {"reference_s": 447.2e-6, "variation": 0.0123, "processor_share": 0.99, "n": 1100}
    for variation, words in ((0.0123, " (coefficient of variation 1.2%)"), (None, "")):
        machine = {"cores": 2, "calibration": {**figures, "variation": variation}}
        facts = dict(provenance(saved_run.without_samples(environment={"machine": machine})))
        assert facts["Machine"] == f"2 cores, calibration request 447 µs{words} before the replay"
    unknown = {"cores": 2, "calibration": dict.fromkeys(figures)}
    facts = dict(provenance(saved_run.without_samples(environment={"machine": unknown})))
    assert facts["Machine"] == "2 cores"


def test_rounds_at_once_are_there_with_what_they_did_to_each_other() -> None:
    lanes = {"number": 2, "why": "no further core is free", "slowdown": 0.0312}
    own = "2 (no further core is free), each with servers and a core of its own; the first round alone, on all cores"
    for known, text in (
        (lanes, f"{own}; the calibration request took 3.1% longer then"),
        ({**lanes, "slowdown": -0.0042}, f"{own}; the calibration request took 0.4% less then"),
        ({**lanes, "slowdown": None}, own),
        ({"number": 1, "why": "there is only one core"}, "one (there is only one core)"),
    ):
        facts = dict(provenance(saved_run.without_samples(environment={"lanes": known})))
        assert facts["Rounds at once"] == text
    assert not dict(provenance(saved_run.without_samples(environment={}))).get("Rounds at once"), "an older run"


def test_what_of_the_projects_databases_does_not_hold_is_there() -> None:
    said = ["database log: has a database of its own", "database x: without host of its OPTIONS at /var/run"]
    facts = dict(provenance(saved_run.without_samples(environment={"databases": said})))
    assert facts["The project's databases"] == "log: has a database of its own", "and no path"
    assert "The project's databases" not in dict(provenance(saved_run.without_samples(environment={"databases": []})))


def test_what_comparing_took_is_reported_as_a_share() -> None:
    phases = [
        {"name": "replay", "seconds": 18.0},
        {"name": COMPARE_DATABASES, "seconds": 0.5},
        {"name": "save", "seconds": 1.5},
    ]
    facts = dict(provenance(saved_run.without_samples(environment={}, phases=phases, comparing_s=0.3)))
    assert facts["Comparing responses"] == "800 ms, 4.0% of the run"
    assert "Comparing responses" not in dict(provenance(saved_run.without_samples(environment={}, phases=phases)))


def test_no_path_host_or_user_is_named(run: Run) -> None:
    text = "\n".join(value for _, value in provenance(run))
    assert "/somewhere" not in text
    assert socket.gethostname() not in text
    assert f"{getpass.getuser()}@" not in text


def test_what_nobody_recorded_is_left_out() -> None:
    facts = dict(provenance(saved_run.without_samples(environment={})))
    assert set(facts) == {"Scenario", "Run"}


def test_sqlite_is_no_server() -> None:
    sqlite = {"version": "3.45.1", "settings": {"journal_mode": "wal", "synchronous": "normal"}}
    environment = {"sqlite": sqlite, "clocks": {"db": False, "cache": True}}
    facts = dict(provenance(saved_run.without_samples(environment=environment)))
    assert facts["Database"] == "SQLite 3.45.1, in the worker's own process, one file per cell"
    assert facts["Database settings"] == "journal_mode = wal, synchronous = normal"
    assert facts["CPU clocks"] == "cache server readable"


def test_the_command_to_repeat_the_run_is_there(run: Run, summary: Summary) -> None:
    def text(command: str | None) -> str:
        return build(summary, replace(run, meta={**run.meta, "command": command})).text

    assert "Reproduce this run\n\nperflab run x.yaml" in text("perflab run x.yaml")
    assert "Reproduce this run" not in text(None)


def test_what_the_data_are_and_what_is_masked_is_a_fact_without_a_place_in_it() -> None:
    remarks = [
        "a copy of the database ‘default’ of the settings",
        "masked: auth.User.email",
        "from /srv/shop.db",
        "ann@corp.com",
    ]
    facts = dict(provenance(saved_run.without_samples(environment={"data": remarks})))
    assert facts["Data"] == "a copy of the database ‘default’ of the settings; masked: auth.User.email"
