"""A worker whose probes can be taken off and put on again between two requests.

Two processes with the same program differ by a percent for as long as they live. A bias of half a percent shows only
within one process.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Any

from perflab.worker.process import Worker
from perflab.worker.protocol import ExecuteBlock, ProgressCell, WorkerConfig
from perflab.workload.steps import Step

# (step, probed) -> service times
Latencies = dict[tuple[int, bool], list[float]]


class SwitchingWorker(Worker):
    """Takes its own probes off: the wrapper of queries, and the methods that the cache probe put on each backend."""

    def __init__(self, config: WorkerConfig) -> None:
        self._methods: list[tuple[Any, dict[str, Any]]] = []
        super().__init__(config)
        from django.core.cache import caches

        for cache in caches.all():
            own = {name: value for name, value in vars(cache).items() if callable(value) and hasattr(type(cache), name)}
            self._methods.append((cache, own))

    def switch(self, probed: bool) -> None:
        """Put the probes on, or take them off."""
        if probed == self.config.probed:
            return
        self.config = replace(self.config, probed=probed)
        for probe in self.probes:
            (self.connections.add if probed else self.connections.remove)(probe)
        for cache, methods in self._methods:
            for name, method in methods.items():
                if probed:
                    setattr(cache, name, method)
                else:
                    delattr(cache, name)

    def _flush_counters(self) -> None:
        """Nothing: it would come after probed blocks only, and the next block would pay for it."""

    def both(
        self, steps: Sequence[Step], times: int, chunk: int, rng: random.Random, progress: ProgressCell
    ) -> Latencies:
        """Execute each chunk of Steps with and without probes, in random order, so many times."""
        latencies: Latencies = {}
        for _ in range(times):
            for start in range(0, len(steps), chunk):
                part = list(steps[start : start + chunk])
                for probed in rng.sample((True, False), 2):
                    self.switch(probed)
                    for sample in self.execute(ExecuteBlock(part), progress).samples:
                        if sample.error is not None or sample.latency_s is None:
                            raise RuntimeError(f"step {sample.step}: {sample.error}")
                        latencies.setdefault((sample.step, probed), []).append(sample.latency_s)
        return latencies


def start(config: WorkerConfig, hash_seed: int) -> tuple[Any, Connection[Any, Any]]:
    """Start the process; it is ready when the first message comes. Send (steps, times, chunk, seed), receive Latencies."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    before = os.environ.get("PYTHONHASHSEED")
    os.environ["PYTHONHASHSEED"] = str(hash_seed)
    try:
        process = context.Process(target=_serve, args=(config, theirs), daemon=True)
        process.start()
    finally:
        if before is None:
            del os.environ["PYTHONHASHSEED"]
        else:
            os.environ["PYTHONHASHSEED"] = before
    theirs.close()
    return process, ours


def _serve(config: WorkerConfig, connection: Connection[Any, Any]) -> None:
    with tempfile.TemporaryFile() as shared:
        shared.truncate(ProgressCell.SIZE)
        progress = ProgressCell(shared.fileno())
    worker = SwitchingWorker(config)
    connection.send("ready")
    try:
        while True:
            steps, times, chunk, seed = connection.recv()
            connection.send(worker.both(steps, times, chunk, random.Random(seed), progress))
    except EOFError:
        return
