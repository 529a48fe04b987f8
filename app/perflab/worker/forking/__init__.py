"""Workers that are forked from a process that has loaded Django once: a start costs 0.1 to 0.3 s of CPU instead of 0.5 to 0.8 s.

server.py   that process, and how a fork of it becomes a worker: `python -m perflab.worker.forking.server FD ENGINE`
client.py   the experiment's side: start it, have it fork workers, learn how they ended

Each worker loads the project after the fork, so that each has settings of its own. The workers of one server share a hash seed
and much of their layout in memory, so that their times are not independent of each other.
"""
