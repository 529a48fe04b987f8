"""What a run does after its rounds, for its ledgers: nothing here is among the samples of the run.

    queries.py       the plans of the queries that the checks asked for, and the indexes that would serve them
    index_ledger.py  the database without the indexes that seem idle, and without each that is used
"""
