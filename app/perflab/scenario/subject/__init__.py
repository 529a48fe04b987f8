"""Where the project runs: its interpreter, its folders on sys.path and its environment variables.

interpreter.py    the lab's side: what an interpreter has, and how a module of perflab is started in it
boot.py           the interpreter's side: perflab alone is taken from the lab's packages
calls.py          functions that need the project: they run in its process, wherever that is
process.py        the project's process, from the lab's side; answering.py is its own side
sending.py        what that process sends, so that the lab can read it without the project's packages
surroundings.py   folders and variables of a scenario in this process, and what run.json shows of them
tables.py         the project's tables, made from its migrations or models
cache_tables.py   the tables of caches in the database
index_kinds.py    what made each index
modules.py        what importing the project's modules shows
"""
