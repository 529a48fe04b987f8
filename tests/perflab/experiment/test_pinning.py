"""Which processor does what, on this machine as it is."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from perflab.experiment.pinning import Pinning, plan

affinity = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no processor affinity")


@affinity
def test_what_is_measured_has_a_core_of_its_own() -> None:
    allowed = os.sched_getaffinity(0)
    planned = plan()
    assert os.sched_getaffinity(0) == allowed, "a plan changes nothing"
    if len(allowed) < 2:
        assert not planned.possible
        pytest.skip("one core")
    assert planned.possible and planned.reason is None
    assert len(planned.measured) == 1
    assert {*planned.measured, *planned.others} == allowed
    assert not {*planned.measured} & {*planned.others}
    assert planned.measured[0] == max(allowed)


@affinity
def test_with_one_core_it_says_so() -> None:
    """In a process that may use one core only."""
    code = (
        "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\n"
        "from perflab.experiment.pinning import plan; p = plan(); print(p.possible, p.reason, p.measured == p.others)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert said.stdout.strip() == "False there is only one core True"


def test_the_report_is_told() -> None:
    assert Pinning(True, (3,), (0, 1, 2)).facts() == {
        "pinned": True, "measured_cores": [3], "other_cores": [0, 1, 2], "reason": None,
    }  # fmt: skip
    refused = Pinning(False, (), (), "the system refuses it")
    assert refused.facts()["reason"] == "the system refuses it"
