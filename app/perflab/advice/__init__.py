"""What can be said of indexes from their structure and from plans alone: values in, values out, for both halves.

    structure.py   which index repeats or covers another one, and which may go
    plan.py        what a query's plan reads, by index or by whole table
    missing.py     the index that a scan of a whole table asks for
"""
