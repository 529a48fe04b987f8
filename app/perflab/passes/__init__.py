"""Passes after a run's rounds: what is looked at once, in workers of its own. Nothing here is among the samples of the run.

attempt.py       a pass that fails leaves the run as it is
team.py          workers of all_on on one clone
profile.py       where the remaining time of all_on goes
burst.py         four workers at once: stampedes and lost counts
queries.py       the plans of the queries that the checks asked for, and the indexes that would serve them
index_ledger.py  the database without the indexes that seem idle, and without each that is used
"""
