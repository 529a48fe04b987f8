"""The process of one cell: Django under one combination of levels, which executes Steps and returns Samples.

protocol.py     the messages between the two sides
request.py      one request of a WSGI application, and the clocks around it
login.py        who a request comes from: sessions, tokens, or the project's own function
csrf.py         what a browser sends against cross-site requests
clock.py        the clock that the subject reads
calibration.py  the calibration request, an application of perflab's own
probes/         what is measured around a request, and recorded of a check
profiling.py    a block of Steps under a sampling profiler
process.py      the worker's side: one cell, set up, which executes Steps
serve.py        its loop over messages: `python -m perflab.worker FD FD FD`
forking/        workers forked from a process that has loaded Django
handle.py       the experiment's side: start a worker, execute blocks, detect death and silence, stop
"""
