"""The replay of one round: turns.py has its conditions, turns and rows, loop.py the loop over its blocks."""
