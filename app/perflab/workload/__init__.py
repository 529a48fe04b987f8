"""The traffic: a Scenario, a seed and a round -> the ordered Steps that every cell replays.

`population` reads from the seeded database who takes part and what they ask for; `build` is pure.
"""

from __future__ import annotations

from perflab.scenario.models import Scenario
from perflab.workload.build import build
from perflab.workload.people import Population
from perflab.workload.steps import Block, Step, Trace

__all__ = ["Block", "Population", "Step", "Trace", "build", "population"]


def population(scenario: Scenario, seed: int, round: int) -> Population:
    """Who takes part in a round, and the rows of every pool: a few queries per pool.

    Takes a process where the project is set up; everything else here does without Django.
    """
    from perflab.workload.reading import read

    return read(scenario, seed, round)
