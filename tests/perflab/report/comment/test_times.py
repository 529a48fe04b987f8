"""What becomes of time, by all measures of it: any may show that it got worse, and the sharp ones that it did not."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.report.comment.times import measured, notes_on_times, times_of
from perflab.run.cells import WHOLE
from perflab.run.metrics import PAIRED_MEDIAN
from tests.perflab.report.comment.made_up import in_memory
from tests.perflab.summaries import summary_of

SAME = {"ratio": 1.0, "low": 0.99, "high": 1.01, "verdict": "equivalent", "p_value": 0.5, "p_adjusted": None}
MORE = {"ratio": 1.05, "low": 1.04, "high": 1.06, "verdict": "worse", "p_value": 0.0001, "p_adjusted": None}
LESS = {"ratio": 0.95, "low": 0.94, "high": 0.96, "verdict": "better", "p_value": 0.0001, "p_adjusted": None}
OPEN = {"ratio": 1.01, "low": 0.95, "high": 1.08, "verdict": "inconclusive", "p_value": 0.4, "p_adjusted": None}
BY_CHANCE = {**MORE, "p_value": 0.002}


def summary(mean: Any, typical: Any = None, cpu: Any = None, endpoint: str = "ALL", metric: str = "cpu_s") -> Any:
    rows = [
        {"metric": "latency_s", "statistic": "mean", **mean},
        {"metric": "latency_s", "statistic": PAIRED_MEDIAN, "before": None, "after": None, **(typical or {})},
        {"metric": metric, "statistic": "mean", **(cpu or {})},
    ]
    given = [row for row, part in zip(rows, (mean, typical, cpu), strict=True) if part]
    common = {"endpoint": endpoint, "contrast": WHOLE, "before": 0.1, "after": 0.105, "n": 100}
    return [{**common, **row} for row in given]


def judged(*rows: Any, **more: Any) -> Any:
    made = summary_of(effects=[row for each in rows for row in each], **more)
    time, changes = times_of(in_memory(), made, WHOLE)
    return time, [(row.what, row.verdict, row.sentence) for row in changes]


@pytest.mark.parametrize(
    ("effects", "pace", "measure"),
    [
        ((OPEN, SAME, SAME), "same", "typical"),  # the mean alone would have said nothing
        ((SAME, SAME, SAME), "same", "typical"),
        ((OPEN, MORE, SAME), "slower", "typical"),
        ((OPEN, SAME, MORE), "slower", "cpu"),  # a few requests, which a median does not see
        ((MORE, SAME, SAME), "slower", "mean"),  # waiting of a few
        ((LESS, SAME, MORE), "slower", "cpu"),  # faster, at the cost of the processor
        ((LESS, LESS, LESS), "faster", "mean"),
        ((OPEN, SAME, OPEN), "undecided", "typical"),
        ((OPEN, OPEN, SAME), "undecided", "typical"),
        ((SAME, BY_CHANCE, SAME), "undecided", "typical"),
        ((OPEN, None, None), "undecided", "mean"),
        ((SAME, None, None), "same", "mean"),
        ((BY_CHANCE, None, None), "slower", "mean"),  # the level is not shared with others
        ((OPEN, SAME, None), "same", "typical"),
    ],
)
def test_all_measures_decide(effects: Any, pace: str, measure: str) -> None:
    time, rows = judged(summary(*effects))
    assert (time.pace, time.measure) == (pace, measure)
    verdicts = {"slower": "worse", "faster": "better", "undecided": "undecided"}
    assert [row[:2] for row in rows] == ([("All requests", verdicts[pace])] if pace != "same" else [])


def test_a_row_says_what_took_longer() -> None:
    _, rows = judged(summary(OPEN, MORE, SAME), summary(OPEN, SAME, MORE, "list"), summary(MORE, MORE, MORE, "save"))
    assert [sentence for _, _, sentence in rows] == [
        "A typical request takes 5.0% more time (4.0 to 6.0%).",
        "It takes 5.0% more CPU time (4.0 to 6.0%): 100 ms → 105 ms.",
        "It takes 5.0% more time (4.0 to 6.0%): 100 ms → 105 ms.",
    ]
    assert [what for what, _, _ in rows] == ["All requests", "list", "save"]


def test_what_is_undecided_says_which_measure_is() -> None:
    _, ((_, _, sentence),) = judged(summary(OPEN, SAME, OPEN))
    assert sentence.startswith("1% more CPU time (5% less to 8% more); an interval inside ±2%")
    _, ((_, _, sentence),) = judged(summary(SAME, BY_CHANCE, SAME))
    assert sentence.endswith("identical code shows as much in one of 500 runs.")


def test_the_processors_time_of_the_application_stands_in_where_that_of_the_database_is_unknown() -> None:
    made = summary_of(effects=summary(OPEN, SAME, MORE, metric="app_cpu_s"))
    assert [each.whole.metric for each in measured(made, WHOLE)] == ["latency_s", "latency_s", "app_cpu_s"]
    assert measured(summary_of(), WHOLE) == [] and times_of(in_memory(), summary_of(), WHOLE)[1] == []


def test_the_note_has_all_measures() -> None:
    (note,) = notes_on_times(summary_of(effects=summary(OPEN, SAME, MORE)), WHOLE)
    assert note == (
        "Over all requests: a typical request takes the same time (1.0% less to 1.0% more), 5.0% more CPU time (4.0 to 6.0%); "
        "the mean, interrupted requests included, 1% more time (5% less to 8% more)."
    )
    assert list(notes_on_times(summary_of(effects=summary(OPEN)), WHOLE)) == []
