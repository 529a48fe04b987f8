"""The index ledger, on rounds whose truth is known."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from perflab.analysis.database.indexes import _judged, droppable, ledger, migration, together
from perflab.run.cells import WITHOUT_CANDIDATES
from perflab.run.indexes import Index
from perflab.run.tables import COUNTERS, INDEX_STUDY, PLANS, USAGE

SCENARIO = {
    "traffic": {
        "endpoints": [
            {"name": "list", "method": "GET"},
            {"name": "show", "method": "GET"},
            {"name": "post", "method": "POST"},
        ]
    }
}
KEEP = Index("t_used", "t", "app.Thing", "meta", ("a",), ("a",), bytes=8192)
IDLE = Index("t_idle", "t", "app.Thing", "meta", ("b",), ("b",), bytes=8192)
AGAIN = Index("t_again", "t", "app.Thing", "meta", ("c",), ("c",), bytes=8192)
FOREIGN = Index("t_c_fk", "t", "app.Thing", "foreign_key", ("c",), ("c",), bytes=8192)
INDEXES = (KEEP, IDLE, AGAIN, FOREIGN)
CATALOGUE = {
    "indexes": [json.loads(json.dumps(index.as_dict())) for index in INDEXES],
    "candidates": ["t_used", "t_idle", "t_again"],
    "superfluous": ["t_idle", "t_again"],
    "migrations": {"app": "0007_last"},
}
SCANS = {"t_used": 40, "t_idle": 0, "t_again": 9, "t_c_fk": 0}
PLAN = json.dumps({"Node Type": "Index Scan", "Index Name": "t_used"})


def usage(**scans: int | None) -> pd.DataFrame:
    rows = [(n, "all_on", name, count, count) for n in (1, 2) for name, count in {**SCANS, **scans}.items()]
    return pd.DataFrame(rows, columns=list(USAGE.names)).astype({"scans": "Int64", "entries": "Int64"})


def samples(
    reads: dict[str, float], writes: dict[str, float], *, digest: str = "same", show: float = 1.0
) -> pd.DataFrame:
    """Three rounds of 40 Steps, half of them writes, in which each cell takes so many times what all_on takes."""
    rng = np.random.default_rng(1)
    rows = []
    for durable in (False, True):
        for number in (11, 12, 13) if not durable else (14, 15, 16):
            for step in range(40):
                endpoint = "post" if durable or step % 2 else ("list", "show")[step // 2 % 2]
                base = 0.01 * rng.lognormal(0, 0.01)
                for cell in ("all_on", *reads):
                    times = {"all_on": 1.0, **(writes if endpoint == "post" else reads)}[cell]
                    if endpoint == "show" and cell != "all_on":
                        times *= show
                    rows.append(
                        {
                            "round": number, "step": step, "block": 3, "cell": cell, "phase": "measured", "endpoint": endpoint,
                            "latency_s": base * times * rng.lognormal(0, 0.002), "durable": durable, "role": "treatment",
                            "response_digest": digest if cell != "all_on" and step == 0 else "same",
                        }
                    )  # fmt: skip
    return pd.DataFrame(rows, columns=list(INDEX_STUDY.with_factors(("indexes",)).names))


def counters(cells: dict[str, int]) -> pd.DataFrame:
    rows = [
        {"round": number, "block": 3, "cell": cell, "wal_bytes": 40 * size, "durable": number > 13}
        for number in (11, 12, 13, 14, 15, 16) for cell, size in cells.items()
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=[*COUNTERS.names, "durable"])
    return table.astype({"wal_bytes": "Int64", "durable": "boolean"})


def plans(*rows: tuple[str, str]) -> pd.DataFrame:
    plans = [{"cell": cell, "endpoint": endpoint, "fingerprint": "q", "plan": PLAN} for cell, endpoint in rows]
    return pd.DataFrame(plans, columns=list(PLANS.names))


def rows(
    measured: pd.DataFrame | None = None, used: pd.DataFrame | None = None, **changes: Any
) -> dict[str, dict[str, Any]]:
    nothing = samples({}, {}).iloc[:0]
    by_name = ledger(
        {**CATALOGUE, **changes}, usage() if used is None else used, plans(("all_on", "list"), ("all_off", "show")),
        nothing if measured is None else measured, counters({"all_on": 1000, WITHOUT_CANDIDATES: 600}), SCENARIO,
    )  # fmt: skip
    json.dumps(by_name, allow_nan=False)
    return {row["name"]: row for row in by_name}


def test_those_in_question_come_first_with_what_is_known_of_them() -> None:
    by_name = rows()
    assert [*by_name] == ["t_again", "t_idle", "t_used", "t_c_fk"]
    assert by_name["t_used"]["scans"] == 80 and by_name["t_used"]["endpoints"] == ["list"], (
        "all_off's plans tell of another database"
    )
    assert by_name["t_again"]["overlap"] == {"how": "duplicate", "by": "t_c_fk"}
    assert by_name["t_c_fk"]["verdict"] is None and by_name["t_c_fk"]["overlap"] is None


def test_what_was_not_measured_is_undecided() -> None:
    by_name = rows()
    assert {name: row["verdict"] for name, row in by_name.items() if row["candidate"]} == dict.fromkeys(
        ("t_again", "t_idle", "t_used"), "undecided"
    )
    assert together(by_name.values()) is None and droppable(by_name.values()) == []
    assert by_name["t_idle"]["reads"] is None and "not measured" in by_name["t_idle"]["reason"]


def test_of_a_table_too_small_for_an_index_to_be_chosen_nothing_is_said() -> None:
    small = replace(IDLE, table_rows=200, table_pages=3)
    indexes = [index.as_dict() for index in (KEEP, small, AGAIN, FOREIGN)]
    by_name = rows(indexes=indexes, superfluous=["t_again"])
    assert by_name["t_idle"]["use"] == "too small to tell: 200 rows"
    assert by_name["t_idle"]["reason"] == "the table is too small for an index to be chosen"


def test_one_of_an_installed_package_stays() -> None:
    foreign = replace(AGAIN, package="taggit")
    indexes = [index.as_dict() for index in (KEEP, IDLE, foreign, FOREIGN)]
    by_name = rows(indexes=indexes, superfluous=["t_idle"])
    assert (by_name["t_again"]["verdict"], by_name["t_again"]["package"]) == ("keep", "taggit")
    assert by_name["t_again"]["reason"] == "it belongs to the installed package taggit"


def test_what_is_as_fast_without_them_can_go_at_once() -> None:
    by_name = rows(samples({WITHOUT_CANDIDATES: 1.0}, {WITHOUT_CANDIDATES: 0.8}))
    assert {row["name"] for row in droppable(by_name.values())} == {"t_idle", "t_again"}
    idle = by_name["t_idle"]
    assert (
        idle["measured_as"] == WITHOUT_CANDIDATES
        and idle["reads"]["verdict"] == "equivalent"
        and idle["writes"]["verdict"] == "better"
    )
    assert idle["durable_writes"]["ratio"] == pytest.approx(0.8, rel=0.01)
    assert idle["wal_per_write"] == {"before": 1000, "after": 600}, "40 writes a round wrote 40 times as much"
    assert idle["changed"] == 0 and idle["use"] == "unused by this traffic"
    assert idle["reason"] == "reads are not slower with all candidates dropped"


def test_how_much_faster_reads_may_be_is_no_matter() -> None:
    row = {
        "candidate": True,
        "measured_as": WITHOUT_CANDIDATES,
        "changed": 0,
        "redundant_or_unused": True,
        "writes": None,
    }
    open_below = {"verdict": "inconclusive", "worst": None, "low": 0.95, "high": 1.015}
    assert _judged({**row, "reads": open_below}, 0.02) == ("drop", "reads are not slower with all candidates dropped")
    assert _judged({**row, "reads": {**open_below, "high": 1.03}}, 0.02)[0] == "undecided"
    assert _judged({**row, "reads": {**open_below, "high": None}}, 0.02)[0] == "undecided"


@pytest.mark.parametrize(
    ("measured", "reason"),
    [
        (samples({WITHOUT_CANDIDATES: 1.2}, {WITHOUT_CANDIDATES: 0.8}), "reads are slower"),
        (samples({WITHOUT_CANDIDATES: 1.0}, {WITHOUT_CANDIDATES: 1.2}), "writes are slower"),
        (samples({WITHOUT_CANDIDATES: 0.95}, {WITHOUT_CANDIDATES: 0.9}, show=1.1), "reads of show are slower"),
        (samples({WITHOUT_CANDIDATES: 1.0}, {WITHOUT_CANDIDATES: 1.0}, digest="other"), "3 responses differ"),
    ],
)
def test_none_can_go_where_something_suffers(measured: pd.DataFrame, reason: str) -> None:
    by_name = rows(measured)
    assert by_name["t_idle"]["verdict"] == "undecided" and reason in by_name["t_idle"]["reason"]
    assert droppable(by_name.values()) == []


def test_one_that_is_missed_stays() -> None:
    by_name = rows(
        samples({WITHOUT_CANDIDATES: 1.0, "without-t_used": 1.5}, {WITHOUT_CANDIDATES: 1.0, "without-t_used": 1.0})
    )
    assert by_name["t_used"]["verdict"] == "keep" and by_name["t_used"]["use"] == "scanned 80 times"
    assert by_name["t_used"]["reads"]["worst"]["endpoint"] in ("list", "show")


def test_nothing_is_slower_for_lack_of_an_index_that_nothing_used() -> None:
    """Of many endpoints and indexes, some are measured to be slower by chance."""
    slower = {WITHOUT_CANDIDATES: 1.0, "without-t_idle": 1.5}
    measured = samples(slower, dict.fromkeys(slower, 1.0))
    idle = rows(measured, superfluous=["t_again"])["t_idle"]
    assert (idle["use"], idle["verdict"]) == ("not scanned in the replay", "undecided")
    assert idle["reason"] == "nothing used it"
    longer = replace(IDLE, key=("c", "b"), terms=("c", "b"))  # does what the index of c does
    indexes = [index.as_dict() for index in (KEEP, longer, AGAIN)]
    idle = rows(measured, superfluous=["t_again"], indexes=indexes)["t_idle"]
    assert idle["use"] == "not scanned in the replay"
    assert (idle["verdict"], idle["reason"]) == ("keep", "it replaces a redundant index")


def test_one_that_is_used_and_not_missed_is_undecided() -> None:
    by_name = rows(samples({"without-t_used": 1.0}, {"without-t_used": 1.0}))
    assert by_name["t_used"]["verdict"] == "undecided" and "no read is detectably slower" in by_name["t_used"]["reason"]


def test_a_server_that_does_not_count_leaves_it_open() -> None:
    by_name = rows(used=usage(t_idle=None))
    assert by_name["t_idle"]["scans"] is None and by_name["t_idle"]["use"] == "use unknown"
    assert rows(used=usage().iloc[:0])["t_used"]["scans"] is None


def test_a_run_that_knows_no_index() -> None:
    assert ledger({}, usage(), plans(), samples({}, {}).iloc[:0], counters({}), SCENARIO) == []


def test_the_migration_removes_what_models_ask_for_and_says_what_is_a_fields() -> None:
    by_name = rows(samples({WITHOUT_CANDIDATES: 1.0}, {WITHOUT_CANDIDATES: 1.0}))
    (text,) = migration(droppable(by_name.values()), {"app": "0007_last"}).values()
    assert "dependencies = [('app', '0007_last')]" in text
    assert "migrations.RemoveIndex(model_name='thing', name='t_idle')," in text
    compile(text, "migration", "exec")
    field = {**by_name["t_idle"], "kind": "field"}
    (text,) = migration([field], {}).values()
    assert "# Thing: db_index=False on the field of b" in text
    compile(text, "migration", "exec")
    assert migration([], {}) == {}


def test_responses_that_change_by_themselves_hold_no_index() -> None:
    measured = samples(
        {WITHOUT_CANDIDATES: 1.0}, {WITHOUT_CANDIDATES: 1.0}, digest="other"
    )  # only `list` answers otherwise
    by_name = ledger(
        CATALOGUE,
        usage(),
        plans(),
        measured,
        counters({"all_on": 1000, WITHOUT_CANDIDATES: 600}),
        SCENARIO,
        nondeterministic=["list"],
    )
    idle = next(row for row in by_name if row["name"] == "t_idle")
    assert (idle["changed"], idle["verdict"]) == (0, "drop")
