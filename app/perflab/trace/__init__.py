"""The traffic: a Scenario, a seed and a round -> the ordered Steps that every cell replays.

`population` reads from the seeded database who takes part and what they ask for; `build` is pure.
"""

from __future__ import annotations

from perflab.trace.build import build
from perflab.trace.people import Population
from perflab.trace.steps import Step, Trace

__all__ = ["Population", "Step", "Trace", "build"]
