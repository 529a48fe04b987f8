"""Statistics of a saved run: tables in, tables out. No file is opened here; neither Django nor matplotlib is imported.

stats/      samples as matrices, statistics, t intervals, Holm's families, verdicts
effects/    one cell against another, the mix taken apart, attribution, the controls, how many rounds it takes
responses/  whether responses stayed the same, and what became of those that differ
caching/    the cache: hits, misses, what they cost, what may be cached
database/   queries and indexes: the ledgers, plans, structure
gate/       whether anything got worse between two runs
claims.py   what was stated, and what was found          summary.py   all of it, as summary.json
"""
