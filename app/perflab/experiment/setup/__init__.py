"""What a run sets up once, before its rounds.

beginning.py    from a question to a testbed, through the queue of replays
preflight.py    every endpoint, once in every cell
servers.py      both servers
preparation.py  what the project's database says, and the templates
"""
