"""A saved run with all that one can look into: a scenario that can be asked again, and what was noted of single requests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from perflab import explore
from perflab.explore import Run
from perflab.run.tables import DIFFERENCES, OPERATIONS, QUERIES
from perflab.run.writer import RunWriter
from tests.perflab import saved_run
from tests.perflab.synthetic import Kind, Truth, scenario

KINDS = (
    Kind("payments", 12, 62, 3),
    Kind("job", 8, 14, 3),
    Kind("pay", 2, 3, 3, method="POST", audited=False, cached=False),
)
TRUTH = Truth(rounds=3, blocks=4, kinds=KINDS)
ENDPOINT: dict[str, Any] = {"params": {"user_id": "shop.User.pk"}, "as": "user_id"}
PLAN = {"Node Type": "Seq Scan", "Relation Name": "shop_payment", "Actual Rows": 3.0, "Rows Removed by Filter": 97}


def question(**changes: Any) -> dict[str, Any]:
    """A scenario as run.json keeps it, of which nothing is missing."""
    resolved = scenario(TRUTH)
    endpoints = [
        {**{k: v for k, v in e.items() if v is not None}, **ENDPOINT} for e in resolved["traffic"]["endpoints"]
    ]
    endpoints[-1]["affects"] = ["payments"]
    return {
        **resolved,
        "subject": {"settings": "shop.settings", "seed": "shop.seeding:archetypes"},
        "data": {"as_of": "2025-10-20", "rows": {"users": 1000}},
        "traffic": {"rate_per_s": 50.0, "active_users": 400, "zipf": 1.0, "endpoints": endpoints},
        "factors": [
            {"name": "indexes", "kind": "indexes", "which": ["declared"]},
            {"name": "queries", "kind": "setting", "setting": "SHOP_OPTIMISED", "when_off": False, "when_on": True},
            {"name": "caching", "kind": "cache", "aliases": ["default"]},
        ],
        "profiles": {"smoke": {"scale": 0.05, "rounds": 3, "block": 20, "replay_s": 20.0}},
        **changes,
    }


def save(
    reports: Path, run_id: str = "20261123-101500", status: str = "complete", truth: Truth = TRUTH, **changes: Any
) -> Run:
    """Write the run and read it back; of payments the first and the last Step of round 1 were noted, of job none."""
    run = saved_run.save(reports, truth, run_id, status, **{"scenario": question(), **changes})
    writer = RunWriter(run.directory, run.meta)
    steps = run.trace.query("round == 1 and endpoint == 'payments'")["step"]
    places = [{"round": 1, "step": int(step), "endpoint": "payments"} for step in (steps.iloc[0], steps.iloc[-1])]
    for table, rows in (
        (QUERIES, [row for n, place in enumerate(places) for row in _queries(place, n + 1)]),
        (OPERATIONS, [row for place in places for row in _operations(place)]),
        (DIFFERENCES, []),
    ):
        table.frame(rows).to_parquet(run.directory / table.name / "round-001.parquet", index=False)
    writer.save_once("plans", [_plan("all_off", "SELECT p", 0.003), _plan("all_off", "SELECT u", 0.001),
                               _plan("indexes+queries", "SELECT p", 0.0004)])  # fmt: skip
    profiled = {"endpoint": "payments", "request_count": 10}
    writer.save_once("profile", [
        {**profiled, "part": "orm", "sample_count": 30, "seconds": 0.03, "time_share": 0.75},
        {**profiled, "part": "database", "sample_count": 10, "seconds": 0.01, "time_share": 0.25},
        {**profiled, "source": "app/shop/cards.py:9 card", "sample_count": 20, "seconds": 0.02, "time_share": 0.5},
    ])  # fmt: skip
    return explore.load(run.directory)


def _queries(place: dict[str, Any], times: int) -> list[dict[str, Any]]:
    """With everything off a query that repeats and one that is slow; without caches the latter alone."""
    payment = {"fingerprint": "SELECT p", "sql": "SELECT p WHERE id = 7", "statement": "SELECT p WHERE id = 7", "times": 1,
               "seconds": 0.004 * times, "rows": 3, "source": "app/shop/lists.py:4 page"}  # fmt: skip
    user = {**payment, "fingerprint": "SELECT u", "sql": "SELECT u WHERE id = 7", "statement": "SELECT u WHERE id = 7",
            "times": 20, "seconds": 0.001 * times, "rows": 20, "source": "app/shop/cards.py:9 card",
            "relation": "shop.Payment.payer"}  # fmt: skip
    return [{**place, "cell": "all_off", **payment}, {**place, "cell": "all_off", **user},
            {**place, "cell": "indexes+queries", **payment}]  # fmt: skip


def _operations(place: dict[str, Any]) -> list[dict[str, Any]]:
    base = {**place, "cell": "all_on", "key": "shop:payments:7", "in_transaction": False}
    return [{**base, "name": "get", "hit": False, "source": "app/shop/answers.py:5 answer"},
            {**base, "name": "set", "ttl_s": 1800.0, "bytes": 700, "source": "app/shop/answers.py:9 keep"}]  # fmt: skip


def _plan(cell: str, text: str, seconds: float) -> dict[str, Any]:
    return {"cell": cell, "endpoint": "payments", "fingerprint": text, "statement": f"{text} WHERE id = 7", "seconds": seconds,
            "plan": json.dumps(PLAN)}  # fmt: skip


def changed(run: Run, cell: str = "all_on", *steps: tuple[int, int], kept: tuple[int, int] | None = None) -> Run:
    """The same run, but for a cell that answers some requests otherwise; of one the difference was kept."""
    samples = run.samples.copy()
    samples["response_digest"] = samples["response_digest"].astype(str)
    for number, step in steps:
        here = (samples["round"] == number) & (samples["step"] == step) & (samples["cell"] == cell)
        samples.loc[here, "response_digest"] = "another"
    rows = [] if kept is None else [{"round": kept[0], "step": kept[1], "cell": cell, "endpoint": "payments", "pointer": "/0/a",
                                     "kind": "value", "expected": "1", "got": '"<b>"'}]  # fmt: skip
    other = Run(run.directory, run.meta)
    other.__dict__.update(samples=samples, differences=DIFFERENCES.frame(rows), trace=run.trace)
    return other


def asked(run: Run, endpoint: str) -> list[tuple[int, int]]:
    rows = run.trace.query("endpoint == @endpoint and phase == 'measured'")
    return [(int(r), int(s)) for r, s in rows[["round", "step"]].to_numpy()]
