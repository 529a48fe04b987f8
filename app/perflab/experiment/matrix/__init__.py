"""A matrix: the same scenario with other values at each point, a whole run for each, on the machines of a Dask cluster.

`plan` says what the points are, `engine` hands them to workers, `attempt` runs one on a worker's machine, `archive` is how a run
travels, and `ledger` keeps the points that are done. Only `cluster` and `engine` import Dask.
"""
