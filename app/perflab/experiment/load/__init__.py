"""The load generator: Locust's master and workers, in processes of their own.

locustfile.py  what a worker of Locust's runs: it sends each request at its time, whatever became of those before
master.py      `python -m perflab.experiment.load.master`: cuts a schedule among the workers, and gathers what they saw
schedule.py    what both are told, in plain values

Importing Locust changes how Python's sockets and threads work (gevent): nothing else of perflab may import these modules.
"""
