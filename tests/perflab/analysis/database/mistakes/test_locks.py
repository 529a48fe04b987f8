"""Reads that lock or write."""

from __future__ import annotations

import pandas as pd
import pytest

from perflab.analysis.database.mistakes.locks import act_of, in_reads
from perflab.run.records import Finding
from perflab.run.tables import QUERIES

FACTORS = ("queries", "caching")
SCENARIO = {
    "factors": [{"name": "queries", "kind": "setting"}, {"name": "caching", "kind": "cache"}],
    "traffic": {"endpoints": [
        *({"name": name, "method": "GET"} for name in ("job", "jobs", "profile", "home")),
        {"name": "pay", "method": "POST"}, {"name": "search", "method": "POST", "writes": False},
    ]},
}  # fmt: skip
LOCK = 'SELECT j.id FROM "shop_job" AS j WHERE j.id = %s FOR UPDATE'
READ = 'SELECT j.id FROM "shop_job" AS j WHERE j.id = %s'
UPDATE = 'UPDATE "shop_profile" SET "seen" = %s WHERE "id" = %s'


def queries(*rows: tuple[str, str, str], source: str | None = "shop/views.py:8 job") -> pd.DataFrame:
    """A check for each endpoint, cell and text."""
    table = [
        {
            "round": 1,
            "step": step,
            "endpoint": endpoint,
            "cell": cell,
            "fingerprint": text,
            "sql": text,
            "source": source,
        }
        for step, (endpoint, cell, text) in enumerate(rows)
    ]
    return pd.DataFrame(table, columns=list(QUERIES.names))


def findings(table: pd.DataFrame, caching: tuple[str, ...] = ()) -> list[Finding]:
    return [*in_reads(table, SCENARIO, FACTORS, caching)]


@pytest.mark.parametrize(
    ("text", "act"),
    [
        (LOCK, ("locks rows of", "shop_job")),
        (f"{READ} FOR NO KEY UPDATE SKIP LOCKED", ("locks rows of", "shop_job")),
        (f"{READ} FOR SHARE", ("locks rows of", "shop_job")),
        ("SELECT pg_advisory_xact_lock(%s)", ("takes", "an advisory lock")),
        (UPDATE, ("updates", "shop_profile")),
        ('INSERT INTO "shop_view" ("job_id") VALUES (%s), (%s) RETURNING "id"', ("inserts into", "shop_view")),
        ('DELETE FROM "shop_view" WHERE "id" IN (%s, %s)', ("deletes from", "shop_view")),
        ('WITH gone AS (DELETE FROM "shop_view" RETURNING "id") SELECT * FROM gone', ("deletes from", "shop_view")),
        ('DELETE FROM "shop_view" WHERE "id" IN (' + ", ".join(["%s"] * 5000) + ")", ("deletes from", "shop_view")),
        (READ, None),
        ('SELECT "for update" FROM "shop_update"', None),
        ("SAVEPOINT ...", None),
        ("SELECT FROM WHERE (", None),
        ("", None),
    ],
)
def test_what_a_statement_does_beside_reading(text: str, act: tuple[str, str] | None) -> None:
    assert act_of(text) == act


def test_a_lock_in_a_read_is_a_finding_with_its_line() -> None:
    (finding,) = findings(queries(("job", "all_off", LOCK), ("job", "queries", LOCK), ("job", "all_on", LOCK)))
    assert (finding.kind, finding.endpoint, finding.method, finding.table) == ("lock_in_read", "job", "GET", "shop_job")
    assert finding.factors == [] and finding.count == 1 and finding.example["sql"] == LOCK
    assert finding.sentence == (
        "job is a read but locks rows of shop_job (at shop/views.py:8 job), whichever factors are on: requests for the same "
        "thing wait for each other."
    )


def test_a_write_in_reads_is_one_finding_for_all_endpoints_and_a_switch_is_blamed() -> None:
    rows = [
        (name, cell, UPDATE) for name in ("profile", "job", "jobs", "home", "search") for cell in ("queries", "all_on")
    ]
    (finding,) = findings(queries(*rows, ("profile", "all_on", UPDATE), source=None))
    assert finding.endpoint == "profile" and finding.factors == ["queries"] and finding.count == 6
    assert finding.sentence == (
        "profile, job and jobs and 2 more are reads but update shop_profile, with ‘queries’ on: each waits for the write, and "
        "only the primary database can serve it."
    )


def test_a_hit_does_not_hide_it() -> None:
    (finding,) = findings(queries(("job", "all_off", LOCK), ("job", "queries", LOCK)))
    assert "with ‘caching’ off" in finding.sentence


@pytest.mark.parametrize(
    ("table", "caching"),
    [
        (queries(("job", "all_on", READ), ("job", "queries", READ)), ()),
        (queries(("pay", "all_on", UPDATE)), ()),
        (queries(("job", "all_off", LOCK)), ()),
        (queries(("job", "twin", LOCK)), ()),
        (queries(("job", "all_on", UPDATE)), ("shop_profile",)),
        (queries(), ()),
    ],
    ids=["a read", "a write", "only with everything off", "a control", "a cache in the database", "no query"],
)
def test_a_sound_request_has_none(table: pd.DataFrame, caching: tuple[str, ...]) -> None:
    assert findings(table, caching) == []
