"""doctor: what it looks at, and how it says what to do."""

from __future__ import annotations

import pytest

from perflab import doctor
from perflab.doctor import Finding


def test_it_looks_at_everything_that_the_method_depends_on() -> None:
    assert [finding.subject for finding in doctor.examine()] == [
        "cores", "pinning", "frequency governor", "memory", "clock", "stolen time", "load", "PostgreSQL", "cache server",
    ]  # fmt: skip


def test_servers_are_found_with_their_version() -> None:
    found = {finding.subject: finding for finding in doctor.examine()}
    for server in ("PostgreSQL", "cache server"):
        assert found[server].ok
        assert found[server].required
        assert found[server].value[0].isdigit()


def test_a_server_of_the_users_is_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERFLAB_DATABASE_URL", "postgresql://somewhere/else")
    found = {finding.subject: finding for finding in doctor.examine()}
    assert found["PostgreSQL"].value == "yours, by PERFLAB_DATABASE_URL"


def test_a_line_has_its_remedy_only_when_it_is_needed() -> None:
    assert Finding("load", "10%", True, "end other work").line() == "ok    load                10%"
    assert (
        Finding("load", "90%", False, "end other work").line()
        == "warn  load                90% - end other work"
    )
    assert Finding("PostgreSQL", "none", False, required=True).line().startswith("FAIL  PostgreSQL")


def test_the_clock_steps_by_less_than_a_millisecond() -> None:
    assert 0 < doctor.clock_resolution_s() < 1e-3


def test_the_stolen_share_is_a_share_or_unknown() -> None:
    stolen = doctor.stolen_share(0.05)
    assert stolen is None or 0 <= stolen <= 1
