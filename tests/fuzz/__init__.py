"""Mutated scenarios, access logs and HAR files: perflab answers with one line, soon, and without a traceback.

`python -m tests.fuzz --examples 10000` takes some minutes; tests/test_fuzz.py runs a few hundred. Each example has a seed of its
own, so that `--only scenario:1234` repeats it.

mutations.py   bytes and data, changed at random
inputs.py      the examples: what is mutated, and how
judging.py     one example: perflab's own functions, and what counts as a failure
minimising.py  a failing input, shortened while it fails in the same way
"""
