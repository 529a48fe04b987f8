"""Stages after a run's rounds: each observes something once, in workers of its own. None of it is among the run's samples.

stage.py         what the stages share: workers of all_on, and a failure that leaves the run as it is
profile.py       where the remaining time of all_on goes
concurrency.py   four workers at once: cache stampedes and lost counts
plans.py         the plans of the checks' queries, and the indexes that they call for
index_rounds.py  the index study: the database without the indexes that seem idle, and without each used one
"""
