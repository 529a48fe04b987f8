"""The one sentence that a comment begins with."""

from __future__ import annotations

from perflab.report.comment.changes import Changes, Measure, TimeChange
from perflab.units import counted, percent, signed_with, times

SUBJECTS = {
    "pull request": "This pull request",
    "run": "This run, compared with the earlier one,",
    "switches": "Switching everything on",
}
# What of the time changed.
MEASURES: dict[Measure, str] = {"mean": "time", "typical": "the time of a typical request", "cpu": "CPU time"}


def sentence(changes: Changes, subject: str | None = None) -> str:
    """Return the verdict: `This pull request changed 3 responses, 0 query counts, and no time (±1.8%).`.

    Args:
        changes: What changed.
        subject: What the sentence begins with; None is the usual name of what made the difference.
    """
    responses = _counted(changes.responses, "response", "responses")
    queries = _counted(changes.query_counts, "query count", "query counts")
    return f"{subject or SUBJECTS[changes.subject]} changed {responses}, {queries}, and {time_in_words(changes.time)}."


def time_in_words(time: TimeChange) -> str:
    """Return what became of the time, as the object of `changed`: `no time (±1.8%)`, `time by +12% (+10% to +14%)`.

    Args:
        time: The change of the time of all requests.
    """
    if time.ratio is None or time.low is None or time.high is None:
        return "time by an unknown amount"
    if time.pace in ("slower", "faster"):
        return f"{MEASURES[time.measure]} by {signed_with(time.ratio, time.low, time.high)}"
    widest = max(abs(1 - time.low), abs(time.high - 1))
    within = f"±{percent(widest)}" if widest <= 1 else f"up to {times(time.high, 2)}"
    return f"no time ({within})" if time.pace == "same" else f"no time that can be told from noise ({within})"


def _counted(number: int | None, noun: str, nouns: str) -> str:
    return f"an unknown number of {nouns}" if number is None else counted(number, noun, nouns)
