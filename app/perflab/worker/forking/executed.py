"""A worker that nobody has forked: it starts an interpreter of its own."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Sequence
from typing import IO

from perflab.scenario.subject.interpreter import command, surroundings
from perflab.worker.protocol import WorkerConfig


def executed(
    config: WorkerConfig, fds: Sequence[int], output: IO[bytes], hash_seed: int | None
) -> subprocess.Popen[bytes]:
    """Start a worker in an interpreter of its own.

    Args:
        config: What the worker runs.
        fds: The ends of its connection, of its progress and of its parent.
        output: File for its output.
        hash_seed: Its PYTHONHASHSEED; random by default.
    """
    seed = random.SystemRandom().randrange(2**32) if hash_seed is None else hash_seed
    return subprocess.Popen(
        command(config.python, "perflab.worker", *map(str, fds)),
        pass_fds=fds,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        env={**surroundings(config.python, config.path), **config.environment, "PYTHONHASHSEED": str(seed)},
        cwd=config.directory,
        start_new_session=True,  # Ctrl-C is the experiment's to handle
    )
