"""Passes after a run's rounds: what is looked at once, in workers of its own. Nothing here is among the samples of the run.

attempt.py       a pass that fails leaves the run as it is
team.py          workers of all_on on one clone
profile.py       where the remaining time of all_on goes
concurrency.py   four workers at once: stampedes and lost counts
plans.py         the plans of the queries that the checks asked for, and the indexes that would serve them
index_rounds.py  the database without the indexes that seem idle, and without each that is used
"""
