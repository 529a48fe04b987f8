"""The process of one cell: Django under one combination of levels, which executes Steps and returns Samples.

protocol.py   what the two sides say to each other
request.py    one request of a WSGI application, and the clocks around it
profiling.py  a block of Steps under a sampling profiler
process.py    the worker's side: `python -m perflab.worker FD`
handle.py     the experiment's side: start, ask, notice death and silence, stop
"""
