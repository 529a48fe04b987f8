"""What is printed: the outcome in one line, numbers as people read them, nothing hostile."""

from __future__ import annotations

import math

import pytest

from perflab.analysis.confirm.agreement import Verdict, agreements, overall
from perflab.analysis.confirm.calibration import calibration
from perflab.analysis.confirm.days import Estimate
from perflab.cli.production.confirm_text import Confirmation, ledger, number, text
from perflab.cli.production.database import CALLS, Database
from perflab.run.cells import ALL
from perflab.scenario.production.access_logs import Period
from tests.perflab.summaries import effect

PREDICTED = Estimate(math.log(0.62), 0.02, 4.0)


def confirmation(**seen: float) -> Confirmation:
    pairs = {name: (PREDICTED, Estimate(math.log(ratio), 0.05, 12.0, (7, 7))) for name, ratio in seen.items()}
    results = agreements(pairs)
    verdicts: dict[str, Verdict] = {name: each.verdict for name, each in results.items()}
    return Confirmation(
        scenario="shop\x1b[31m", run_id="20261123-101500", contrast="all_on / all_off",
        effects={name: effect(endpoint=name, ratio=0.62, low=0.58, high=0.66) for name in seen}, endpoints=results,
        medians={}, verdict=overall(verdicts), controls=["help"], unused_controls=[],
        moved=Estimate(0.1, 0.01, 9.0), left_out={"<b>\n\x07": "why"}, deployment_days=[],
        database=Database(agreements({CALLS: (PREDICTED, Estimate(math.log(0.6), 0.05, 12.0))}), None, 2, 1),
        periods=[Period(), Period()],
    )  # fmt: skip


def test_the_last_line_is_the_outcome() -> None:
    lines = text(confirmation(**{ALL: 0.67}), "reports/predictions.jsonl", added=True).split("\n")
    assert lines[-1] == "predicted 0.62 [0.58, 0.66], seen 0.67 [0.60, 0.75]: agrees"
    assert lines[-2] == "recorded in reports/predictions.jsonl"
    assert "database calls per request, of all statements and clients: predicted 0.62" in "\n".join(lines)
    assert "pg_stat_statements: 2 counters began anew, 1 were dropped" in lines


def test_who_disagrees_is_named() -> None:
    outcome = text(confirmation(**{ALL: 0.67, "list": 1.5}), "x", added=True).split("\n")[-1]
    assert outcome.endswith(": agrees; list disagrees")
    outcome = text(confirmation(list=0.6, detail=1.5), "x", added=True).split("\n")[-1]
    assert outcome == "2 endpoints: 1 agrees, 1 disagrees; as a whole: disagrees"


def test_nothing_reaches_the_terminal_but_text() -> None:
    made = text(confirmation(list=0.6), "x", added=False)
    assert "\x1b" not in made and "\x07" not in made
    hostile = ledger(
        [{"scenario": "a\x1b[0m\n", "rows": [{"verdict": "\x1b"}]}], calibration([{"rows": [{"verdict": "\x1b"}]}])
    )
    assert "\x1b" not in hostile


@pytest.mark.parametrize(("ratio", "shown"), [(0.62, "0.62"), (1.078, "1.08"), (0.0213, "0.021"), (12.3, "12.30")])
def test_numbers(ratio: float, shown: str) -> None:
    assert number(ratio) == shown


def test_the_ledger_says_how_predictions_came_out() -> None:
    row = {"predicted": 0.5, "predicted_low": 0.45, "predicted_high": 0.55, "seen": 0.52, "verdict": "agrees"}
    records = [
        {"at": "2026-11-23", "scenario": "shop", "run_id": str(k), "contrast": "c", "verdict": "agrees", "rows": [row]}
        for k in range(3)
    ]
    made = ledger(records, calibration(records), 2)
    assert made.startswith("2 lines of the ledger cannot be read\n")
    assert "3 predictions in 3 deployments: 3 agrees" in made
    assert "seen inside the predicted interval: 100% [29%, 100%] of 3" in made
    assert "seen / predicted, on average: 1.04" in made
    assert "needs 3 deployments" in ledger(records[:1], calibration(records[:1]))
