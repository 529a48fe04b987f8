"""The words of the page, in the order in which a reader needs them."""

from __future__ import annotations

from perflab.report.html import Markup, element

WORDS = {
    "service time": "From the call of the application to the last byte of its answer, for one request at a time.",
    "switch, or factor": "An optimisation that can be switched off and on: indexes, a setting, a cache.",
    "cell": "One combination of switches, with a process, a copy of the database and a cache of its own.",
    "all off, all on": "The baseline, with no switch on, and the optimised cell, with all of them.",
    "block": "A short run of consecutive requests. All cells replay it, in turns and random order, before any goes on.",
    "round": "Fresh processes, fresh copies and other traffic of the same kind. Intervals are over rounds.",
    "95% interval": "Made anew from run after run, such intervals would hold the true value in 95 of 100.",
    "change": "The geometric mean of the rounds' ratios, after to before; levels are means of all requests.",
    "better, worse": "The whole interval lies on one side of “no change” (endpoints are judged together, by Holm).",
    "equivalent": "The whole interval lies within the margin that the scenario calls immaterial.",
    "inconclusive": "The run cannot tell: the interval holds both “no change” and a change larger than the margin.",
    "supported, refuted": "A claim's whole interval lies beyond its bound, or short of it. Changed answers refute it, too.",
    "blind to": "A change of this size would have been missed in one run of five, or more often.",
    "twin": "A second, identical optimised cell: what differs between the two is noise.",
    "canary": "An optimised cell that is slower by 5% on purpose: a run that does not see it is blind to such changes.",
    "reference": "A request of perflab's own, repeated all along: the machine's pace.",
    "share of the gain": "A switch's part of the whole, averaged over every order of switching on (Shapley).",
    "warm, cold": "After and within the first minute of traffic since the caches were empty.",
    "unknown (–)": "Nobody measured it. It is not zero.",
}


def glossary() -> Markup:
    """A list of definitions under a heading of its own."""
    items = [part for word, meaning in WORDS.items() for part in (element("dt", word), element("dd", meaning))]
    return element("section", element("h3", "Words", id="words"), element("dl", *items), aria_labelledby="words")
