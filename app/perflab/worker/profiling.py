"""A block of Steps under a sampling profiler, in a pass of its own: nothing of it is measured."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from pathlib import Path

from perflab.worker.probes.sampling import Sampler, Span, seen
from perflab.worker.probes.stacks import Stacks
from perflab.worker.protocol import Done, Order, Place, Profile, Profiled

Block = Callable[[list[Order], Place], Done]


def profile(block: Block, wanted: Profile, place: Place) -> Profiled:
    """Execute the Steps; what was seen is told apart by endpoint, by when each request began and how long it took."""
    from django.conf import settings

    with Sampler(wanted.interval_s) as sampler:
        done = block(wanted.orders, place)
    spans = [
        Span(order.endpoint or "", sample.started_s, sample.started_s + (sample.latency_s or 0.0))
        for order, sample in zip(wanted.orders, done.samples, strict=True)
    ]
    stacks = Stacks(Path.cwd(), files_of(settings.MIDDLEWARE))
    return Profiled(done, list(seen(sampler.looks(), spans, stacks)))


def files_of(names: Iterable[str]) -> list[str]:
    """The files of the modules in which these classes or functions are, each named by its import path."""
    modules = (importlib.import_module(name.rpartition(".")[0]) for name in names)
    return [module.__file__ for module in modules if module.__file__]
