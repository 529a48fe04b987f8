"""A saved run for whoever explores it: everything in it shows itself, in a notebook and in a shell.

    run = perflab.load("latest")            run.summary, run.claims, run.findings     what it says, and each in a sentence
    run.effect("payments")                  one cell against another                  run.effects(...) has all, as a table
    run.figure("queries")                   an Axes; it takes one, too                run.figure() lists them
    run.request("payments")                 one request and all that is known of it   which="slowest", "changed", (round, step)
    run.cache_ledger  run.query_ledger  run.index_ledger                              a section of the page, and its rows
    run.compare()                           against the run before, or another

Loading a run costs pandas (0.4 s). What needs statistics or a figure imports the rest when it is asked (2 s).
"""

from __future__ import annotations

from perflab.explore.run import Run, load

__all__ = ["Run", "load"]
