"""A block of Steps under a sampling profiler, in a stage of its own: nothing of it is measured."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from pathlib import Path

from perflab.worker.probes.sampling import RequestWindow, Sampler, attributed
from perflab.worker.probes.stacks import Stacks
from perflab.worker.protocol import Done, ExecuteBlock, ProfileBlock, Profiled, ProgressCell

Execute = Callable[[ExecuteBlock, ProgressCell], Done]


def profile(execute: Execute, block: ProfileBlock, progress: ProgressCell) -> Profiled:
    """Execute Steps under the profiler, and attribute each sample to the request during which it was taken.

    Args:
        execute: Executes a block of Steps.
        block: The Steps, and how often to sample.
        progress: Where the number of the current Step is published.
    """
    from django.conf import settings

    with Sampler(block.interval_s) as sampler:
        done = execute(ExecuteBlock(block.steps), progress)
    windows = [
        RequestWindow(step.endpoint, sample.started_s, sample.started_s + (sample.latency_s or 0.0))
        for step, sample in zip(block.steps, done.samples, strict=True)
    ]
    stacks = Stacks(Path.cwd(), files_of(settings.MIDDLEWARE))
    return Profiled(done, list(attributed(sampler.samples(), windows, stacks)))


def files_of(names: Iterable[str]) -> list[str]:
    """Return the files of the modules that define these classes or functions, each named by its import path."""
    modules = (importlib.import_module(name.rpartition(".")[0]) for name in names)
    return [module.__file__ for module in modules if module.__file__]
