"""Statistics of a saved run: tables in, tables out. No file is opened here; neither Django nor matplotlib is imported.

stats/      samples as matrices, statistics, t intervals, Holm's families, verdicts
effects/    one cell against another, the mix taken apart, attribution, the controls, how many rounds it takes
responses/  whether responses stayed the same, and what became of those that differ
caching/    the cache: hits, misses, what they cost, what may be cached
database/   queries and indexes: the ledgers, plans, structure
gate/       whether anything got worse between two runs
claims.py   what was stated, and what was found          summary.py   all of it, as summary.json
"""

from __future__ import annotations

from perflab.analysis.claims import claims
from perflab.analysis.effects.attribution import attribution, interactions
from perflab.analysis.effects.cells import cell_means
from perflab.analysis.effects.control import control
from perflab.analysis.effects.effects import compare, effects
from perflab.analysis.effects.mix import mixed_effects
from perflab.analysis.responses.equivalence import changed_answers, equivalence
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
