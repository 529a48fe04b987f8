"""`make selftest`: how often the lab's own intervals and verdicts are right, where the truth is known.

A benchmark, not a test: it prints tables with exact binomial intervals beside the targets, and never fails.
tests/test_selftest.py runs a small version and asserts wide bounds.

model.py       synthetic rounds with a known truth     shares.py      a share with its exact interval
simulated.py   all tables from synthetic rounds        parallel.py    the same task on all cores
coverage.py    does an interval hold the truth?        stopping.py    does it, in a run that stops early?
families.py    ten endpoints without a difference      power.py       what is seen, what is found equivalent
duels.py       two real workers against each other     real.py        the tables of the duels
estimates.py   ratios and shares: before and now       former.py      the estimator of before
detection.py   is what is called detectable found?     controls.py    with nothing wrong, what is withheld?
printed.py     is a change that of the levels shown?   mix.py         ALL, where chance drew an endpoint too often
sidebyside.py  before and now, in one table            gate.py        pairs of runs, of the same code or changed
noise.py       the noise between two real runs, drawn anew for simulated ones; noises/ has what was measured
runs.py        whole runs: their controls              speed.py       ten million samples
history.py     series of nights with a known change    detectors.py   what Otava, ruptures and asv say of them
"""
