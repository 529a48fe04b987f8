"""doctor: what it looks at, and how it says what to do."""

from __future__ import annotations

from types import SimpleNamespace

import psutil
import pytest

from perflab.cli import doctor
from perflab.cli.doctor import HostCheck


def test_it_looks_at_everything_that_the_method_depends_on() -> None:
    assert [finding.subject for finding in doctor.examine()] == [
        "cores", "processor quota", "pinning", "frequency governor", "memory", "clock", "stolen time", "load", "speed",
        "PostgreSQL", "cache server",
    ]  # fmt: skip


def test_servers_are_found_with_their_version() -> None:
    findings = {finding.subject: finding for finding in doctor.examine()}
    for server in ("PostgreSQL", "cache server"):
        assert findings[server].ok
        assert findings[server].required
        assert findings[server].value[0].isdigit()


def test_a_server_of_the_users_is_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERFLAB_DATABASE_URL", "postgresql://somewhere/else")
    findings = {finding.subject: finding for finding in doctor.examine()}
    assert findings["PostgreSQL"].value == "your own, from PERFLAB_DATABASE_URL"


def test_a_line_has_its_remedy_only_when_it_is_needed() -> None:
    assert HostCheck("load", "10%", True, "stop other programs").line() == "ok    load                10%"
    assert (
        HostCheck("load", "90%", False, "stop other programs").line()
        == "warn  load                90% - stop other programs"
    )
    assert HostCheck("PostgreSQL", "none", False, required=True).line().startswith("FAIL  PostgreSQL")


def test_the_clock_steps_by_less_than_a_millisecond() -> None:
    assert 0 < doctor.clock_resolution_s() < 1e-3


def test_the_stolen_share_is_a_share_or_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    stolen = doctor.stolen_share(0.05)
    assert stolen is None or 0 <= stolen <= 1
    monkeypatch.setattr(psutil, "cpu_times_percent", lambda watch_s: SimpleNamespace(user=50.0, steal=12.5))
    assert doctor.stolen_share(0.05) == 0.125
    monkeypatch.setattr(psutil, "cpu_times_percent", lambda watch_s: SimpleNamespace(user=50.0))
    assert doctor.stolen_share(0.05) is None


GIB = 1024**3


@pytest.mark.parametrize(
    ("installed", "limit", "available", "value", "ok"),
    [
        (16, None, 12, "16.0 GiB, 12.0 GiB available", True),
        (16, None, 2, "16.0 GiB, 2.00 GiB available", False),
        (16, 3, 12, "16.0 GiB, limited to 3.00 GiB, 12.0 GiB available", False),
        (16, 64, 12, "16.0 GiB, 12.0 GiB available", True),
    ],
)
def test_memory_is_what_can_be_had_now(
    installed: int,
    limit: int | None,
    available: int,
    value: str,
    ok: bool,
) -> None:
    finding = doctor.memory(installed * GIB, None if limit is None else limit * GIB, available * GIB)
    assert (finding.value, finding.ok) == (value, ok)


@pytest.mark.parametrize(
    ("quota", "value", "ok"),
    [(None, "none visible here", True), (0.5, "0.5 cores", False), (2.0, "2 cores", True)],
)
def test_a_quota_throttles(quota: float | None, value: str, ok: bool) -> None:
    finding = doctor.quota(quota, cores=2)
    assert (finding.value, finding.ok) == (value, ok)


@pytest.mark.parametrize(
    ("variation", "ok", "words"),
    [
        (0.012, True, "a calibration request takes 450 µs, varies by 1.2% and is on a processor 99% of the time"),
        (0.2, False, "varies by 20.0%"),
        (None, True, "varies by –"),
    ],
)
def test_the_pace_is_the_reference_requests(variation: float | None, ok: bool, words: str) -> None:
    figures = {"reference_s": 450e-6, "variation": variation, "processor_share": 0.99, "n": 1100}
    finding = doctor.pace(figures)
    assert words in finding.value
    assert finding.ok is ok
