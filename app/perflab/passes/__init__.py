"""Passes after a run's rounds: what is looked at once, in workers of its own, and not measured.

attempt.py   a pass that fails leaves the run as it is
team.py      workers of all_on on one clone
profile.py   where the remaining time of all_on goes
burst.py     four workers at once: stampedes and lost counts
"""
