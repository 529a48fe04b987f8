"""The sentence that a comment begins with."""

from __future__ import annotations

import pytest

from perflab.report.comment.changes import Pace, TimeChange
from perflab.report.comment.sentence import sentence, time_in_words
from tests.perflab.report.comment.made_up import changes


def test_it_is_the_sentence_that_nobody_else_prints() -> None:
    assert sentence(changes(responses=3)) == (
        "This pull request changed 3 responses, 0 query counts, and no time (±1.8%)."
    )
    assert sentence(changes(responses=1, query_counts=1)).startswith(
        "This pull request changed 1 response, 1 query count,"
    )


def test_what_is_unknown_is_not_0() -> None:
    text = sentence(changes(responses=None, query_counts=None, time=TimeChange()))
    assert text == (
        "This pull request changed an unknown number of responses, an unknown number of query counts, "
        "and time by an unknown amount."
    )


@pytest.mark.parametrize(
    ("pace", "ends", "words"),
    [
        ("slower", (1.123, 1.10, 1.145), "time by +12.3% (+10.0% to +14.5%)"),
        ("faster", (0.44, 0.36, 0.55), "time by −56% (−64% to −45%)"),
        ("same", (1.0, 0.99, 1.005), "no time (±1.0%)"),
        ("undecided", (1.02, 0.98, 1.064), "no time that can be told from noise (±6.4%)"),
        ("undecided", (1.1, 0.3, 3.4), "no time that can be told from noise (up to 3.4×)"),
        ("undecided", (1.1, None, None), "time by an unknown amount"),
    ],
)
def test_the_time_has_its_interval(pace: Pace, ends: tuple[float, float, float], words: str) -> None:
    assert time_in_words(TimeChange(pace, 0.02, *ends)) == words


def test_a_run_of_switches_is_no_pull_request() -> None:
    assert sentence(changes(subject="switches")).startswith("Switching everything on changed 0 responses")
