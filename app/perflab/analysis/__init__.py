"""Statistics of a saved run: tables in, tables out. No file is opened here; neither Django nor matplotlib is imported.

pairs.py         samples as matrices, Steps by cells           statistics.py   mean, geomean, p50, p95 of many groups
intervals.py     t intervals over rounds                       verdicts.py     what an interval says
families.py      Holm's verdicts, simultaneous intervals       mix.py          the average taken apart
effects.py       one cell against another                      claims.py       what was stated, and what was found
equivalence.py   the same answers?                             control.py      twin, canary, reference
attribution.py   which factor brought what                     predecessor.py  does the turn before matter?
planning.py      how many rounds a change takes                stopping.py     when a run knows enough
gating.py        did anything get worse?                       likeness.py    may two runs be compared?
cells.py         the cost of a request in each cell            caching.py      the cache ledger
kept.py          what makes a cache hit or miss                hit_rates.py    the hit rate under other traffic
cache_counts.py  do both counts of lookups agree?              queries.py      the query ledger
indexes.py       the index ledger                              distance.py    with the servers farther away
profile.py       where the remaining time goes                 burst.py       what came of asking at once
answers.py       what became of those that differ              nondeterminism.py  which change by themselves
summary.py       all of it, as summary.json
"""

from __future__ import annotations

from perflab.analysis.attribution import attribution, interactions
from perflab.analysis.cells import cell_means
from perflab.analysis.claims import claims
from perflab.analysis.control import control
from perflab.analysis.effects import compare, effects
from perflab.analysis.equivalence import changed_answers, equivalence
from perflab.analysis.mix import mixed_effects
from perflab.analysis.summary import summarise

__all__ = [
    "attribution",
    "cell_means",
    "changed_answers",
    "claims",
    "compare",
    "control",
    "effects",
    "equivalence",
    "interactions",
    "mixed_effects",
    "summarise",
]
