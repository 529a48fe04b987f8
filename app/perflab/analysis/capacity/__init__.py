"""Capacity: the highest rate at which a cell meets the objective, with an interval, and what gives out first.

queue.py       response times of a queue whose arrivals and service demands are known
outcomes.py    which requests were late or failed, and where the generator lagged
demands.py     what each request of the load test demanded of the processor
estimate.py    capacity of each cell, and their ratio, from windows of load
curve.py       the same from the windows alone, to hold against it
bottleneck.py  what is used up first
ledger.py      all of it as summary.json has it
"""
