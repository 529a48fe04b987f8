"""What may be told of the place where a run took place."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.experiment import host
from perflab.report.facts import published

MACHINE = {
    "system": "Linux 6.1",
    "cpu_model": "Intel(R) Xeon(R) CPU E5-2673 v4 @ 2.30GHz",
    "cores": 2,
    "calibration": {"n": 5},
}


def test_what_perflab_itself_records_is_reported_unchanged() -> None:
    facts: dict[str, Any] = {
        **host.versions(),
        "machine": MACHINE,
        "git_revision": "4fbf848aa112+",
        "clocks": {"db": True},
    }
    facts |= {
        "pinning": {"pinned": False, "measured_cores": [1], "reason": "the system has no affinity"},
        "database_bytes": 5,
    }
    facts |= {"postgres": {"version": "18.6 (Debian 18.6-1.pgdg12+1)", "settings": {"fsync": "off", "work_mem": "4MB"}}}
    facts |= {"rows": {"marketplace.User": 1000}, "indexes": {"indexes": {"count": 1, "names": ["payment_payer_idx"]}}}
    facts |= {"django-redis": None}
    assert published(facts) == facts


@pytest.mark.parametrize(
    "facts",
    [
        {"hostname": "build-7.example"},
        {"host": "1a2b3c4d5e6f"},
        {"user": "somebody"},
        {"home": "/somewhere/of/somebody"},
        {"paths": {"home": "/somewhere"}},
        {"git_revision": "somebody@build-7"},
        {"versions": {"django": "of somebody"}},
        {"database_bytes": "many"},
    ],
)
def test_what_nobody_knows_is_left_out(facts: dict[str, Any]) -> None:
    assert not published(facts).get("versions") and set(published(facts)) <= {"versions"}


def test_of_known_parts_only_known_facts_are_reported_and_none_that_names_a_place() -> None:
    postgres = {
        "version": "18.6", "host": "db.example", "source": "https://db.example",
        "settings": {"fsync": "off", "unix_socket_directories": "/somewhere", "shared_preload_libraries": ["a", "/somewhere/b"]},
    }  # fmt: skip
    facts = {
        "machine": {**MACHINE, "node": "build-7"},
        "postgres": postgres,
        "pinning": {"reason": "no /sys/fs/cgroup"},
    }
    assert published(facts) == {
        "machine": MACHINE,
        "postgres": {"version": "18.6", "settings": {"fsync": "off", "shared_preload_libraries": ["a"]}},
        "pinning": {},
    }


def test_what_is_unknown_stays_unknown() -> None:
    assert published({"git_revision": None, "machine": {"cores": None}}) == {
        "git_revision": None,
        "machine": {"cores": None},
    }
    assert published({}) == {}
