"""Rounds: playing one, and what a round of the run has beside its replay."""
