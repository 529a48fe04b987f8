"""Two revisions of a project in one run.

trees.py       the code of each side, in a folder of its own
sides.py       the project of each side: where it runs, and what it says of itself
projects.py    the process of each side, and what both must have
migrating.py   the schema of one side, brought forward to that of the other
preparing.py   the databases of the cells with the newer code
"""
