"""The package itself: whoever imports a part of it pays for that part."""

from __future__ import annotations

import os
import subprocess
import sys


def test_a_replay_loads_the_parts_that_it_needs_and_no_scipy() -> None:
    """The whole analysis is a quarter of what a replay's start would take; what needs scipy is imported where it is used."""
    loaded = (
        "import sys, perflab.experiment.run; print([name for name in ('scipy', 'matplotlib') if name in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "[]"
