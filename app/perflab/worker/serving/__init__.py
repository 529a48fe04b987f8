"""The project on a real server: what runs in the server's own processes, in the project's interpreter.

config.py       what is served, and how; read from a file that the experiment writes
launching.py    `python -m perflab.worker.serving`: starts the server
application.py  the project's application, as every server is given it
records.py      what each request cost, and where threads spent their time: a file for each process
"""
