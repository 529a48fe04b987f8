"""The traffic of a round: a Scenario, a seed and a round number give the ordered Steps that every cell replays.

steps.py     Step, Block, Trace: what a trace consists of, and what a worker is sent
build.py     Population -> Trace, pure and lazy
reading.py   who takes part in a round, read from the seeded database (needs a process where the project is set up)
people.py    Population: the users and rows of a round, as plain data
draw.py      the params of a request, by popularity
bodies.py    the body and the headers of a request
followups.py the reads that follow a write
checks.py    requests that look for wrong responses

Nothing is imported here: a worker needs steps.py alone.
"""
