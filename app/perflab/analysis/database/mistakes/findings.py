"""All findings about the queries of requests, each named by its class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from perflab.analysis.database.mistakes.counting import whole_counts
from perflab.analysis.database.mistakes.distinct import distinct_sorts
from perflab.analysis.database.mistakes.locks import in_reads
from perflab.analysis.database.mistakes.unrecorded import unrecorded
from perflab.analysis.database.mistakes.waits import waits
from perflab.analysis.database.queries import REPEATED, QueryRow, is_switched_off, repeated
from perflab.run.records import Finding

if TYPE_CHECKING:
    from perflab.run.store import Run

CLASSES = (REPEATED, "lock_in_read", "scan_count", "sort_unserved", "waits")


def of_queries(run: Run, ledger: Sequence[QueryRow]) -> list[Finding]:
    """Return every finding about the queries of requests with all factors on, caches left aside.

    `repeated_query`: a query is made again and again in one request; also, as `info`, one that a switch removes.
    `lock_in_read`: a read locks rows, or writes.
    `scan_count`: a large table is read from end to end to count it. `sort_unserved`: many rows are sorted, or compared for
    DISTINCT, to keep few; of the index that would help see findings.py. `waits`: queries take their time without CPU.

    Args:
        run: The run.
        ledger: Its query ledger.
    """
    question, samples = (run.scenario, run.factors), run.sample_columns
    loops = repeated(ledger, *question, samples)
    remaining = {str(finding.endpoint) for finding in loops if not is_switched_off(finding)}
    return [
        *loops,
        *unrecorded(samples, *question, remaining),
        *in_reads(run.queries, *question, run.catalogue.get("cache_tables") or ()),
        *whole_counts(run.plans, run.queries, *question),
        *distinct_sorts(run.plans, run.queries, *question),
        *waits(samples, *question, run.meta.get("environment") or {}),
    ]
