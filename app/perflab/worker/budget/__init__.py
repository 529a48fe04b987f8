"""The pytest plugin: a project's own tests pin how many queries each endpoint sends, in a file beside the test file.

It runs in the project's test process, and observes queries as a worker does. Everything but plugin.py is imported when a test
first uses the fixture.

plugin.py      the option, the fixture and the hooks of pytest
budgets.py     the fixture's object: one request, or how its queries grow with the number of rows
recording.py   the queries of a block of code, with the project's lines
shapes.py      a query's text as the file and the diff show it
formula.py     a number of queries as a + b*rows
entries.py     the file: entries, read and written
session.py     what a run of pytest used, what it writes, what nothing uses
difference.py  what changed, as text
"""
