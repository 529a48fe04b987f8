"""What is measured around one request: each probe is reset before a request and read after it.

A probe is a subclass of Probe in a module of its own, which holds the class as `PROBE`; the columns that it fills are fields of
Sample. Add a probe by adding its module's name to NAMES. The clocks of latency and CPU are no probes: their order is fixed, see
process.py.
"""

from __future__ import annotations

from importlib import import_module

from perflab.worker.probes.base import Probe

NAMES = (
    "queries",
    "commits",
    "connections",
    "cache",
)


def _class_of(name: str) -> type[Probe]:
    cls: type[Probe] = import_module(f"{__name__}.{name}").PROBE
    return cls


PROBES: tuple[type[Probe], ...] = tuple(map(_class_of, NAMES))
