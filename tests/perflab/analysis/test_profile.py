"""The shares of a profile, put on what was measured."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from perflab.analysis.profile import MAX_LINES, remaining
from perflab.run.tables import PARTS, PROFILE


def samples(**means_ms: tuple[float, int]) -> pd.DataFrame:
    """`endpoint=(mean, n)`: requests of all_on, beside some that do not count."""
    rows: list[dict[str, object]] = [
        {"cell": "all_on", "phase": "measured", "endpoint": name, "latency_s": mean / 1e3, "error": None}
        for name, (mean, n) in means_ms.items()
        for _ in range(n)
    ]
    others = {"cell": "all_off", "phase": "measured", "endpoint": "job", "latency_s": 9.0, "error": None}
    rows += [others, {**others, "cell": "all_on", "phase": "warmup"}, {**others, "cell": "all_on", "error": "died"}]
    return pd.DataFrame(rows).astype({"endpoint": "category", "cell": "category"})


def profile(*rows: dict[str, Any]) -> pd.DataFrame:
    return PROFILE.frame(rows)


def seen(
    endpoint: str, requests: int = 10, lines: tuple[tuple[str, float], ...] = (), **seconds: float
) -> list[dict[str, Any]]:
    whole = sum(seconds.values())
    place = {"endpoint": endpoint, "request_count": requests}
    parts = [
        {**place, "part": part, "sample_count": 4 if part in seconds else 0, "seconds": seconds.get(part, 0.0),
         "time_share": seconds.get(part, 0.0) / whole if whole else None}
        for part in PARTS
    ]  # fmt: skip
    of_lines = [
        {**place, "source": source, "sample_count": 2, "seconds": share * whole, "time_share": share}
        for source, share in lines
    ]
    return parts + of_lines


def test_an_endpoints_parts_are_shares_of_its_measured_mean() -> None:
    rows = remaining(profile(*seen("job", database=0.03, orm=0.01)), samples(job=(2.0, 5)))
    (whole, job) = rows
    assert (whole["endpoint"], job["endpoint"]) == ("ALL", "job")
    assert (job["n"], job["requests"], job["samples"]) == (5, 10, 8)
    assert job["service_s"] == pytest.approx(0.002)
    assert job["parts"]["database"] == {"share": pytest.approx(0.75), "seconds": pytest.approx(0.0015)}
    assert job["parts"]["cache"] == {"share": 0, "seconds": 0}
    assert sum(part["seconds"] for part in job["parts"].values()) == pytest.approx(job["service_s"])
    assert job["slowed"] == pytest.approx(2.0), "0.04 s for 10 requests"
    assert whole["covered"] == pytest.approx(1) and whole["parts"] == job["parts"]


def test_all_weighs_endpoints_by_their_measured_requests() -> None:
    table = profile(*seen("job", database=1.0), *seen("profile", cache=1.0))
    whole, first, second = remaining(table, samples(job=(4.0, 10), profile=(1.0, 30), pay=(10.0, 3)))
    assert (first["endpoint"], second["endpoint"]) == ("job", "profile"), "the one that takes more time first"
    assert (whole["n"], whole["requests"]) == (40, 20)
    assert whole["service_s"] == pytest.approx(0.00175)
    assert whole["parts"]["database"]["seconds"] == pytest.approx(0.001)
    assert whole["parts"]["database"]["share"] == pytest.approx(4 / 7)
    assert whole["covered"] == pytest.approx(0.7), "pay was not profiled"


def test_it_weighs_them_as_the_scenario_does_where_it_has_weights() -> None:
    table = profile(*seen("job", database=1.0), *seen("profile", cache=1.0))
    measured = samples(job=(4.0, 10), profile=(1.0, 30), pay=(10.0, 3))
    whole = remaining(table, measured, {"job": 1.0, "profile": 1.0, "pay": 2.0})[0]
    assert whole["n"] == 40 and whole["service_s"] == pytest.approx(0.0025)
    assert whole["parts"]["database"]["seconds"] == pytest.approx(0.002)
    assert whole["covered"] == pytest.approx(5 / 25)
    assert remaining(table, measured, {"job": 1.0})[0]["service_s"] == pytest.approx(0.00175), "not all have a weight"


def test_the_lines_of_all_are_the_heaviest_of_all_endpoints() -> None:
    many = tuple((f"a.py:{n} f", 0.01) for n in range(MAX_LINES))
    job = seen("job", lines=(("views.py:7 job", 0.5), *many), orm=1.0)
    table = profile(*job, *seen("rare", lines=(("b.py:1 g", 1.0),), orm=1.0))
    whole = remaining(table, samples(job=(2.0, 30), rare=(8.0, 10)))[0]
    assert whole["lines"][:2] == [
        {"endpoint": "rare", "source": "b.py:1 g", "seconds": pytest.approx(0.002)},
        {"endpoint": "job", "source": "views.py:7 job", "seconds": pytest.approx(0.00075)},
    ]
    assert len(whole["lines"]) == MAX_LINES


def test_what_was_not_seen_or_not_measured_is_left_out() -> None:
    table = profile(*seen("unseen"), *seen("unmeasured", orm=1.0))
    assert remaining(table, samples(unseen=(1.0, 3))) == []
    assert remaining(profile(), samples(job=(1.0, 3))) == []
