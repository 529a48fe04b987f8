"""The terms of the page, in the order in which a reader needs them."""

from __future__ import annotations

from perflab.report.html import Markup, element

TERMS = {
    "service time": "From the call of the application to the last byte of its response, for one request at a time.",
    "switch, or factor": "An optimisation that can be switched off and on: indexes, a setting, a cache.",
    "cell": "One combination of switches, with its own process, cache and copy of the database.",
    "all off, all on": "The baseline, with every switch off, and the optimised cell, with every switch on.",
    "block": "A short sequence of requests that all cells replay, taking turns in random order, before any goes on.",
    "slice": "The few requests of a block that a cell replays before it is the next cell's turn.",
    "round": "One repetition, with fresh processes and databases and new traffic of the same kind; intervals are over rounds.",
    "check request": "A request that looks for a wrong response; not timed, but its queries and cache operations are recorded.",
    "95% interval": "If the run were repeated many times, 95 of 100 such intervals would contain the true value.",
    "change": "After compared with before: 66% less means that after is 0.34 times before. Means are weighted as the scenario "
    "says; quantiles are not.",
    "better, worse": (
        "The test finds a change: normally, the whole interval then lies on one side of “no change” (endpoints are tested "
        "together, by Holm's method)."
    ),
    "equivalent": "The whole interval lies within the margin below which the scenario calls a change negligible.",
    "inconclusive": (
        "The interval contains both “no change” and a change larger than the margin, or there is no interval; for a claim: its "
        "bound lies within the interval."
    ),
    "supported, refuted": (
        "Supported: the whole interval lies on the claim's side of its bound. Refuted: it lies on the other side, or responses "
        "changed (claims about exact counts are exempt: changed or stale responses, repeated queries, indexes)."
    ),
    "audited": "An audited endpoint, if it does not write, is covered by every claim that names no other scope.",
    "minimum detectable": "The minimum detectable effect: a smaller change is missed in at least one run in five.",
    "A/A control (twin, twin_off)": (
        "A second, identical optimised cell, and a second, identical baseline: any difference from the first one is noise."
    ),
    "positive control (canary)": (
        "An optimised cell slowed by 5% on purpose: a run that does not detect this cannot detect changes of that size."
    ),
    "calibration request (reference)": "A fixed request, repeated throughout the run: it measures the speed of the machine.",
    "carry-over": "The influence of the cell that replayed the last slice on the one that replays now.",
    "from baseline": "The effect of a switch by itself: only this switch on, compared with everything off.",
    "leave-one-out": "The effect of a switch on top of all others: everything on, compared with all except this one.",
    "share of the gain": "A switch's part of the whole gain, averaged over every order of switching them on (Shapley value).",
    "cold, warm": "The first minute of traffic, which starts with empty caches, and the time after it.",
    "unknown (–)": "Not measured, which is not the same as zero.",
}


# What a run without switches speaks of.
ALONE = (
    "service time", "block", "slice", "round", "check request", "95% interval", "calibration request (reference)", "unknown (–)",
)  # fmt: skip


def glossary(*, is_alone: bool = False) -> Markup:
    """Return the terms as a list of definitions under its own heading.

    Args:
        is_alone: Whether the run has no switches, so that terms of comparisons are left out.
    """
    terms = {term: TERMS[term] for term in ALONE} if is_alone else TERMS
    items = [part for term, meaning in terms.items() for part in (element("dt", term), element("dd", meaning))]
    heading = element("h3", "Glossary", id="glossary")
    return element("section", heading, element("dl", *items), aria_labelledby="glossary")
