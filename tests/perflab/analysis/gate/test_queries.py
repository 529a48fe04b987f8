"""Queries, request by request and in every cell: totals hide what moves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from perflab.analysis.gate.gate import gate
from tests.perflab.analysis.gated import FACTS, TRUTH, of
from tests.perflab.synthetic import KINDS, make_run, make_samples

# A cache that answers seven reads of ten, by the same luck whenever the same traffic is replayed.
CACHED = replace(TRUTH, hit_share=0.7)


def rows_of(samples: pd.DataFrame, cell: str, endpoint: str) -> Any:
    """The measured rows of an endpoint in a cell."""
    wanted = (samples["cell"] == cell) & (samples["endpoint"] == endpoint) & (samples["phase"] == "measured")
    return samples.index[wanted]


def queries_of(samples: pd.DataFrame, before: pd.DataFrame | None = None, truth=CACHED):
    return of(
        gate(make_run(truth, samples, environment=FACTS), make_run(truth, before, environment=FACTS)),
        "exact",
        "queries",
    )


def test_one_more_query_is_worse_and_named(baseline):
    samples = make_samples(TRUTH)
    samples.loc[rows_of(samples, "all_on", "job")[0], "query_count"] += 1

    checks = of(gate(make_run(TRUTH, samples, environment=FACTS), baseline), "exact", "queries")
    worse = [b for b in checks.values() if b.verdict == "worse"]
    assert [b.name for b in worse] == ["queries, job"]
    total = worse[0].estimate
    assert total is not None
    assert worse[0].sentence.startswith(f"job: {total:,.0f} queries instead of {total - 1:,.0f} over ")
    assert worse[0].sentence.endswith("1 request makes more than before: all_on (+1 in 1 requests).")
    assert len(checks) == len(KINDS)


def test_fewer_queries_are_fine(baseline):
    kinds = tuple(replace(k, optimised=max(1, k.optimised - 1)) for k in KINDS)
    run = make_run(replace(TRUTH, kinds=kinds), environment=FACTS)

    assert {b.verdict for b in of(gate(run, baseline), "exact").values()} == {"fine"}


def test_queries_that_move_between_requests_are_worse_although_the_total_is_the_same():
    samples = make_samples(CACHED)
    first, second = rows_of(samples, "all_off", "payments")[:2]
    samples.loc[first, "query_count"] += 30
    samples.loc[second, "query_count"] -= 30

    check = queries_of(samples)["queries, payments"]
    assert (check.verdict, check.estimate) == ("worse", check.before)
    assert check.sentence.endswith("as before. 1 request makes more than before: all_off (+30 in 1 requests).")


def test_more_queries_where_no_cache_hides_them_are_worse_whichever_cell_that_is():
    samples = make_samples(CACHED)
    for cell in ("indexes", "indexes+queries"):  # neither all_on nor all_off
        samples.loc[rows_of(samples, cell, "profile"), "query_count"] += 3

    worse = [b for b in queries_of(samples).values() if b.verdict == "worse"]
    assert [b.name for b in worse] == ["queries, profile"]
    assert "indexes (+" in worse[0].sentence
    assert "indexes+queries (+" in worse[0].sentence


def test_what_the_cache_happens_to_miss_is_luck_unless_it_is_always_so():
    samples = make_samples(CACHED)
    rows = rows_of(samples, "all_on", "payments")
    hits = rows[samples.loc[rows, "cache_hits"] == 1]
    misses = rows[samples.loc[rows, "cache_hits"] == 0]

    def exchanged(lost: int, gained: int) -> pd.DataFrame:
        changed = samples.copy()
        changed.loc[hits[:lost], ["cache_hits", "cache_misses", "query_count"]] = [0, 1, 3]
        changed.loc[misses[:gained], ["cache_hits", "cache_misses", "query_count"]] = [1, 0, 0]
        return changed

    luck = queries_of(exchanged(6, 5))
    assert {b.verdict for b in luck.values()} == {"fine"}
    assert (
        "6 requests made more queries because of this, 5 made fewer" in luck["queries after other cache hits"].sentence
    )
    broken = queries_of(exchanged(12, 0))
    assert [name for name, b in broken.items() if b.verdict == "worse"] == ["queries after other cache hits"]


def test_without_a_common_request_queries_are_not_compared(baseline):
    other = make_run(replace(TRUTH, seed=5), environment={**FACTS, "rows": {"a.User": 5}})

    checks = of(gate(other, baseline), "exact", "queries")
    assert [(b.name, b.verdict) for b in checks.values()] == [("queries", "inconclusive")]
