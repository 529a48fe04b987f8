"""A saved run to explore: everything in it displays itself, in a notebook and in a shell.

    run = perflab.load("latest")            run.summary, run.claims, run.findings     the results, each as a sentence
    run.effect("payments")                  one cell compared with another            run.effects(...) has all, as a table
    run.figure("queries")                   an Axes, or drawn on a given one          run.figure() lists them
    run.request("payments")                 one request and all records of it         which="slowest", "changed", (round, step)
    run.cache_ledger  run.query_ledger  run.index_ledger                              a section of the page, and its rows
    run.compare()                           with the run before, or another

Loading a run costs pandas (0.4 s). What needs statistics or a figure imports the rest when it is first used (2 s).
"""

from __future__ import annotations

from perflab.explore.run import Run, load

__all__ = ["Run", "load"]
