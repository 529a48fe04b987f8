"""All findings about queries together."""

from __future__ import annotations

import pandas as pd

from perflab.analysis.database.mistakes.findings import CLASSES, of_queries
from perflab.analysis.database.queries import QueryRow, ledger
from perflab.run.store import Run
from tests.perflab.analysis.database.mistakes.plans_of import plans_of, queries_of
from tests.perflab.analysis.database.mistakes.test_counting import COUNT, WHOLE
from tests.perflab.synthetic import Truth, make_run

LOCK = 'SELECT "id" FROM "shop_job" FOR UPDATE'


def sound() -> Run:
    return make_run(Truth())


def test_a_sound_run_has_none() -> None:
    run = sound()
    assert of_queries(run, ledger(run.queries, run.trace)) == []


def test_each_mistake_of_a_run_is_found_by_its_class() -> None:
    run = sound()
    run.__dict__["queries"] = pd.concat([queries_of(LOCK), queries_of(COUNT)], ignore_index=True)
    run.__dict__["plans"] = plans_of(COUNT, WHOLE)
    kinds = [finding.kind for finding in of_queries(run, [])]
    assert kinds == ["lock_in_read", "scan_count"] and set(kinds) <= set(CLASSES)


def test_a_loop_that_a_switch_removes_does_not_hide_what_no_check_request_shows() -> None:
    run = sound()
    name = str(run.samples["endpoint"].iloc[0])
    run.__dict__["samples"] = run.samples.assign(duplicate_query_count=12, query_count=14)
    for cell, expected in (("all_off", ["info", "warning"]), ("all_on", ["warning"])):
        row = QueryRow(name, cell, "SELECT u", "SELECT u", 9.0, 9, 0.001, 9.0, 1, True, {"round": 1, "step": 4})
        loops = [finding for finding in of_queries(run, [row]) if finding.endpoint == name]
        assert {finding.kind for finding in loops} == {"repeated_query"}
        assert [finding.severity for finding in loops] == expected, cell
